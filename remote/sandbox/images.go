package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"

	"trustdeck/model"
)

// maxManifest is the most bytes of a manifest, as registries have it.
const maxManifest = 4 << 20

// manifestPath is where a manifest is put.
var manifestPath = pattern(`^/v2/(.+)/manifests/([^/]+)$`)

// imagePath is any place in a repository of images.
var imagePath = pattern(`^/v2/(.+)/(?:manifests|blobs|tags|referrers)/`)

// An image is a manifest as it was put.
type image struct {
	Path      string `json:"path"`
	MediaType string `json:"mediaType"`
	Raw       []byte `json:"raw"`
}

// images is the registry: go-containerregistry's, made to last.
type images struct {
	registry http.Handler
	allow    func(r *http.Request, gun model.GUN, actions ...string) *challenge

	mu sync.Mutex
	// keep writes a manifest down.
	keep func(image) error
}

// newImages makes an empty registry; its blobs lie in dir, or in memory where
// that is empty.
func newImages(dir string) *images {
	options := []registry.Option{registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)}
	if dir != "" {
		options = append(options, registry.WithBlobHandler(registry.NewDiskBlobHandler(filepath.Join(dir, "blobs"))))
	}
	return &images{registry: registry.New(options...)}
}

func (i *images) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c := i.refuse(r); c != nil {
		c.write(w)
		return
	}
	if r.URL.Path == "/v2/" && r.Method == http.MethodGet {
		// The registry says nothing here, and a Notary server does.
		_, _ = io.WriteString(w, "{}") // a client that went away is its own affair
		return
	}
	if r.Method != http.MethodPut || manifestPath().FindStringSubmatch(r.URL.Path) == nil {
		i.registry.ServeHTTP(w, r)
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxManifest+1))
	if err != nil || len(raw) > maxManifest {
		http.Error(w, "the manifest is incomplete or too large", http.StatusBadRequest)
		return
	}
	answer, err := i.put(r.Context(), image{Path: r.URL.Path, MediaType: r.Header.Get("Content-Type"), Raw: raw}, true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	_, _ = answer.body.WriteTo(w) // a client that went away is its own affair
}

func (i *images) refuse(r *http.Request) *challenge {
	m := imagePath().FindStringSubmatch(r.URL.Path)
	switch {
	case m == nil:
		return i.allow(r, "")
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return i.allow(r, model.GUN(m[1]), actionPull)
	default:
		return i.allow(r, model.GUN(m[1]), actionPush, actionPull)
	}
}

// put stores a manifest, and writes it down first where it shall last.
func (i *images) put(ctx context.Context, m image, last bool) (*answer, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, m.Path, bytes.NewReader(m.Raw))
	if err != nil {
		return nil, fmt.Errorf("put %s: %w", m.Path, err)
	}
	request.Header.Set("Content-Type", m.MediaType)
	out := &answer{header: http.Header{}, status: http.StatusOK}
	i.registry.ServeHTTP(out, request)
	if last && out.status == http.StatusCreated {
		if err := i.keep(m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// An answer is what the registry said.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
func (a *answer) WriteHeader(status int)      { a.status = status }
