package peer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ImageRegistry is a running docker-registry.
type ImageRegistry struct {
	// URL is its address without a path or a final slash, Host the host and
	// port in it: what the names of its repositories begin with.
	URL, Host string
	// PKI has issued its certificate.
	PKI *PKI
	// Tokens gives out tokens for it; nil without authentication.
	Tokens *TokenServer
	// Process is the program itself.
	Process *Process
}

// PlainHTTP has a registry serve without TLS. It is for Registry alone.
func PlainHTTP() Option {
	return func(o *options) { o.plain = true }
}

// registryConfig is the configuration file of docker-registry, which reads YAML
// and so JSON.
type registryConfig struct {
	Version string         `json:"version"`
	Log     map[string]any `json:"log"`
	Storage map[string]any `json:"storage"`
	HTTP    struct {
		Addr string         `json:"addr"`
		TLS  map[string]any `json:"tls,omitempty"`
	} `json:"http"`
	Auth map[string]any `json:"auth,omitempty"`
}

// Registry starts a docker-registry that keeps its images in a folder of the test.
func Registry(tb testing.TB, opts ...Option) *ImageRegistry {
	tb.Helper()
	Need(tb, "docker-registry")
	var o options
	for _, set := range opts {
		set(&o)
	}
	pki := Authority(tb)
	r := &ImageRegistry{PKI: pki}
	dir := tb.TempDir()
	config := registryConfig{
		Version: "0.1", Log: map[string]any{"level": "info"},
		Storage: map[string]any{
			"filesystem": map[string]string{"rootdirectory": filepath.Join(dir, "images")},
			"delete":     map[string]bool{"enabled": true},
		},
	}
	scheme := "http://"
	if !o.plain {
		cert, err := pki.Issue("docker-registry")
		if err != nil {
			tb.Fatalf("peer: %v", err)
		}
		config.HTTP.TLS, scheme = map[string]any{"certificate": cert.CertFile, "key": cert.KeyFile}, "https://"
	}
	if o.tokens {
		r.Tokens = newTokenServer(tb, pki)
		config.Auth = map[string]any{"token": r.Tokens.config().Options}
	}
	file := filepath.Join(dir, "registry.json")
	command := func(port int) (*exec.Cmd, error) {
		config.HTTP.Addr = address(port)
		text, err := json.MarshalIndent(config, "", "  ")
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(find("docker-registry"), "serve", file)
		cmd.Env = append(baseEnv(dir), "OTEL_TRACES_EXPORTER=none")
		return cmd, os.WriteFile(file, text, 0o600)
	}
	healthy := func(ctx context.Context, port int) error { return expectOK(ctx, r.client(), scheme+address(port)+"/") }
	process, port, err := serve(dir, "docker-registry", command, healthy)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	process.endWith(tb)
	r.Process, r.Host, r.URL = process, address(port), scheme+address(port)
	return r
}

func (r *ImageRegistry) client() *http.Client { return (&Server{PKI: r.PKI}).Client() }

// Push puts an image without layers into a repository, under a tag, and returns its
// manifest as it is stored. Two texts make two images.
func (r *ImageRegistry) Push(tb testing.TB, repository, tag, text string) []byte {
	tb.Helper()
	const imageType = "application/vnd.docker.distribution.manifest.v2+json"
	content, err := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux", "comment": text})
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	digest := digestOf(content)
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": imageType, "layers": []any{},
		"config": map[string]any{"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(content), "digest": digest},
	})
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	base := r.URL + "/v2/" + repository
	place, err := r.do(tb, repository, http.MethodPost, base+"/blobs/uploads/", "", nil)
	if err == nil {
		_, err = r.do(tb, repository, http.MethodPut, place+"&digest="+url.QueryEscape(digest), "application/octet-stream", content)
	}
	if err == nil {
		_, err = r.do(tb, repository, http.MethodPut, base+"/manifests/"+tag, imageType, manifest)
	}
	if err != nil {
		tb.Fatalf("peer: push %s:%s: %v", repository, tag, err)
	}
	return manifest
}

// PushIndex puts an index of two images into a repository, under a tag, and returns it as it
// is stored.
func (r *ImageRegistry) PushIndex(tb testing.TB, repository, tag, text string) []byte {
	tb.Helper()
	const indexType = "application/vnd.oci.image.index.v1+json"
	var images []map[string]any
	for _, architecture := range []string{"amd64", "arm64"} {
		image := r.Push(tb, repository, tag, text+" for "+architecture)
		images = append(images, map[string]any{
			"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "size": len(image), "digest": digestOf(image),
			"platform": map[string]string{"architecture": architecture, "os": "linux"},
		})
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": images})
	if err == nil {
		_, err = r.do(tb, repository, http.MethodPut, r.URL+"/v2/"+repository+"/manifests/"+tag, indexType, index)
	}
	if err != nil {
		tb.Fatalf("peer: push the index %s:%s: %v", repository, tag, err)
	}
	return index
}

// Delete removes a manifest by its bytes, with every tag that stands for it.
func (r *ImageRegistry) Delete(tb testing.TB, repository string, manifest []byte) {
	tb.Helper()
	if _, err := r.do(tb, repository, http.MethodDelete, r.URL+"/v2/"+repository+"/manifests/"+digestOf(manifest), "", nil); err != nil {
		tb.Fatalf("peer: delete from %s: %v", repository, err)
	}
}

// do makes one request as the Administrator and returns where the answer points to.
func (r *ImageRegistry) do(tb testing.TB, repository, method, target, contentType string, body []byte) (string, error) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, target, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if r.Tokens != nil {
		token, err := r.Tokens.sign(Administrator, TokenRequest{Service: r.Tokens.Service, Scopes: []string{"repository:" + repository + ":pull,push,delete"}})
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := r.client().Do(req)
	if err != nil {
		return "", err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return "", fmt.Errorf("%s %s: %s: %s", method, req.URL.Path, resp.Status, strings.TrimSpace(string(answer)))
	}
	return resp.Header.Get("Location"), nil
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
