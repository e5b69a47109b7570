{{/*
What the pods of worker and registry have in common. Takes root, component, values (those of the component), args, port,
volumes and mounts (YAML lists).
*/}}
{{- define "whosecall.pod" -}}
{{- $values := .values -}}
metadata:
  labels:
    {{- include "whosecall.labels" (dict "root" .root "component" .component) | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := mergeOverwrite (deepCopy (default dict .annotations)) $values.podAnnotations }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "whosecall.serviceAccountName" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .root.Values.podSecurityContext | nindent 4 }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- $selector := dict "matchLabels" (include "whosecall.selector" (dict "root" $.root "component" $.component) | fromYaml) }}
    {{- range . }}
    - {{- toYaml (merge (deepCopy .) (dict "labelSelector" $selector)) | nindent 6 }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "whosecall.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args:
        {{- toYaml .args | nindent 8 }}
      securityContext:
        {{- toYaml .root.Values.securityContext | nindent 8 }}
      {{- with $values.extraEnvs }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.extraEnvsFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: {{ .portName }}
          containerPort: {{ .port }}
          protocol: TCP
      {{- range $probe, $path := dict "startup" "/livez" "liveness" "/livez" "readiness" "/readyz" }}
      {{ $probe }}Probe:
        httpGet:
          path: {{ $path }}
          port: {{ $.portName }}
        {{- toYaml (get $values.probes $probe) | nindent 8 }}
      {{- end }}
      {{- with .lifecycle }}
      lifecycle:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/whosecall/{{ .component }}
          readOnly: true
        - name: tmp
          mountPath: /tmp
        {{- if .owners }}
        - name: owners
          mountPath: /etc/whosecall/owners
          readOnly: true
        {{- end }}
        {{- range $name, $_ := .secrets }}
        - name: secret-{{ $name }}
          mountPath: /run/secrets/whosecall/{{ $name }}
          readOnly: true
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "whosecall.fullname" .root }}-{{ .component }}
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if .owners }}
    - name: owners
      {{- if .root.Values.owners.volume }}
      {{- toYaml .root.Values.owners.volume | nindent 6 }}
      {{- else }}
      configMap:
        name: {{ include "whosecall.ownersConfigMap" .root }}
      {{- end }}
    {{- end }}
    {{- range $name, $secret := .secrets }}
    - name: secret-{{ $name }}
      secret:
        secretName: {{ $secret.existingSecret }}
        defaultMode: 0440
    {{- end }}
{{- end -}}
