/** A pipeline as a drawing: what reads and writes what. Made from the config alone. */
export interface PipelineGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

export interface GraphNode {
  /** Unique in the graph. */
  readonly id: string
  readonly kind: 'topic' | 'receiver' | 'processor' | 'exporter' | 'directory'
  readonly label: string
  /** One line: source, encoding, trust, and so on. */
  readonly detail: string
  /** Fields of events that it reads, where it is a processor. */
  readonly reads?: readonly string[]
  /** Attributes that it writes. */
  readonly writes?: readonly string[]
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly label?: string
}
