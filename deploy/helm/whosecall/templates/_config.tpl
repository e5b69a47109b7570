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
{{- if gt $most (int .root.Values.worker.partitions) -}}
{{- fail (printf "%d workers for %d partitions (worker.partitions): those beyond the partitions would have nothing to read" $most (int .root.Values.worker.partitions)) -}}
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
