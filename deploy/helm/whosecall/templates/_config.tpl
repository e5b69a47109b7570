{{/*
The config of the worker: what the values say, and what only the chart knows: the address to listen on, and where the
owners are. Written by the values, either of them stays as it is.
*/}}
{{- define "whosecall.worker.config" -}}
{{- $config := deepCopy .Values.worker.config -}}
{{- if not $config.receivers -}}
{{- fail "worker.config.receivers: say which topics to read; deploy/helm/whosecall/ci/minimal-values.yaml shows how" -}}
{{- end -}}
{{- if not $config.exporters -}}
{{- fail "worker.config.exporters: say where attributed events and dead letters go; deploy/helm/whosecall/ci/minimal-values.yaml shows how" -}}
{{- end -}}
{{- $listen := dict "endpoint" (printf "0.0.0.0:%v" .Values.worker.metricsPort) -}}
{{- $service := dict "service" (dict "telemetry" (dict "metrics" $listen)) -}}
{{- $config = mergeOverwrite $service $config -}}
{{- $owners := default dict $config.owners -}}
{{- if not (hasKey $owners "directory") -}}
{{- $config = mergeOverwrite $config (dict "owners" (dict "directory" (include "whosecall.worker.directory" . | fromYaml))) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "whosecall.worker.directory" -}}
{{- if .Values.registry.enabled -}}
type: http
endpoint: http://{{ include "whosecall.fullname" . }}-registry:{{ .Values.registry.port }}
{{- if .Values.registry.auth.existingSecret }}
auth:
  bearer_token: ${file:/run/secrets/whosecall/registry/{{ .Values.registry.auth.key }}}
{{- end }}
{{- else -}}
type: file
path: {{ include "whosecall.ownersFile" . }}
{{- end -}}
{{- end -}}

{{/* The endpoint and the ports of probes, policies and monitors are one thing said twice; here they must agree. */}}
{{- define "whosecall.worker.check" -}}
{{- $service := .config.service -}}
{{- $endpoint := $service.telemetry.metrics.endpoint -}}
{{- if not (or (hasSuffix (printf "0.0.0.0:%v" .root.Values.worker.metricsPort) $endpoint) (hasSuffix (printf "[::]:%v" .root.Values.worker.metricsPort) $endpoint)) -}}
{{- fail (printf "worker.config.service.telemetry.metrics.endpoint is %s: probes and Prometheus ask every address at port worker.metricsPort (%v), so it must be 0.0.0.0:%v or [::]:%v" $endpoint .root.Values.worker.metricsPort .root.Values.worker.metricsPort .root.Values.worker.metricsPort) -}}
{{- end -}}
{{- $drain := int64 (default 20000 $service.shutdown_timeout_ms) -}}
{{- $grace := mul 1000 (int64 .root.Values.worker.terminationGracePeriodSeconds) -}}
{{- if le $grace (add $drain 5000) -}}
{{- fail (printf "worker.terminationGracePeriodSeconds (%v s) must be more than 5 s above worker.config.service.shutdown_timeout_ms (%v ms), or the worker is killed while it drains" .root.Values.worker.terminationGracePeriodSeconds $drain) -}}
{{- end -}}
{{- $most := int (ternary .root.Values.autoscaling.maxReplicas .root.Values.worker.replicas .root.Values.autoscaling.enabled) -}}
{{- $each := default 1 $service.workers -}}
{{- if and (kindIs "string" $each) (not (dig "limits" "cpu" "" .root.Values.worker.resources)) -}}
{{- fail "worker.config.service.workers is auto, and worker.resources.limits.cpu is not set: there would be a process for each core of the node, in the memory of one; say how many workers" -}}
{{- end -}}
{{- if not (kindIs "string" $each) -}}
{{- $all := mul $most (int $each) -}}
{{- if gt $all (int64 .root.Values.worker.partitions) -}}
{{- fail (printf "%d workers for %d partitions (worker.partitions): those beyond the partitions would have nothing to read" $all (int .root.Values.worker.partitions)) -}}
{{- end -}}
{{- end -}}
{{- if .root.Values.serviceMonitor.enabled -}}
{{- $series := int64 (default 20000 $service.telemetry.metrics.series_max) -}}
{{- $limit := int64 .root.Values.serviceMonitor.sampleLimit -}}
{{- if and $limit (le $limit $series) -}}
{{- fail (printf "serviceMonitor.sampleLimit (%d) must be above worker.config.service.telemetry.metrics.series_max (%d), or a worker that may run cannot be scraped" $limit $series) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "whosecall.registry.config" -}}
{{- $registry := dict "endpoint" (printf "0.0.0.0:%v" .Values.registry.port) -}}
{{- with .Values.registry.auth -}}
{{- if .existingSecret -}}
{{- $_ := set $registry "bearer_token" (printf "${file:/run/secrets/whosecall/registry/%s}" .key) -}}
{{- end -}}
{{- end -}}
{{- $directory := dict "type" "file" "path" (include "whosecall.ownersFile" .) -}}
{{- $chart := dict "registry" $registry "owners" (dict "directory" $directory) -}}
{{- toYaml (mergeOverwrite $chart (deepCopy .Values.registry.config)) -}}
{{- end -}}

{{/*
What of its config a running worker cannot take over: connections, topics, groups, and what the process was started with. Only a
change of this restarts the pods; the rest of the ConfigMap reaches them while they run.
*/}}
{{- define "whosecall.worker.process" -}}
{{- $frozen := dict "exporters" .exporters "service" (omit .service "pipelines") -}}
{{- range $id, $receiver := .receivers -}}
{{- $kept := omit $receiver "source" "custom" "trust" "issuer" "cluster" "tenant" "trusted_resource_attributes" "trusted_brokers" "trusted_proxies" "forwarded_hops" "nobody_words" "shared_words" "wrappers" "limits" -}}
{{- $_ := set $frozen (printf "receiver %s" $id) (set $kept "logs" (omit $receiver.logs "encoding")) -}}
{{- end -}}
{{- range $id, $pipeline := .service.pipelines -}}
{{- $_ := set $frozen (printf "pipeline %s" $id) (omit $pipeline "processors") -}}
{{- end -}}
{{- toYaml $frozen -}}
{{- end -}}
