{{- define "whosecall.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Parts are named `<this>-worker` and `<this>-registry`, so it leaves room for them below 63 characters. */}}
{{- define "whosecall.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "whosecall.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "whosecall.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes of a part: the selector of a Deployment cannot be edited. Takes root and component. */}}
{{- define "whosecall.selector" -}}
app.kubernetes.io/name: {{ include "whosecall.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "whosecall.labels" -}}
{{ include "whosecall.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: whosecall
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "whosecall.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "whosecall.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* By digest where there is one: a tag can be moved. */}}
{{- define "whosecall.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: name the repository of your image; deploy/Dockerfile builds it" $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "whosecall.ownersConfigMap" -}}
{{- default (printf "%s-owners" (include "whosecall.fullname" .)) .Values.owners.existingConfigMap -}}
{{- end -}}

{{- define "whosecall.ownersFile" -}}
/etc/whosecall/owners/{{ .Values.owners.file }}
{{- end -}}
