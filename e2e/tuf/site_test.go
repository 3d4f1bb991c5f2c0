package tuf

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/dialect"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A site serves a repository: its files below metadata/, and those of targets below
// targets/. It may be changed between two requests.
type site struct {
	URL string

	mu sync.Mutex
	// metadata and targets are what is served, by name.
	metadata, targets map[string][]byte
	// status is what is answered instead of 200, by name.
	status map[string]int
	// asked are the names of all metadata files that were asked for, in order, as they came;
	// fetched are those of targets.
	asked, fetched []string
}

// serve starts a site on a loopback port.
func serve(tb testing.TB, metadata map[string][]byte) *site {
	tb.Helper()
	s := &site{metadata: metadata, targets: map[string][]byte{}, status: map[string]int{}}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, isTarget := strings.CutPrefix(req.URL.EscapedPath(), "/targets/")
	files := s.targets
	if isTarget {
		s.fetched = append(s.fetched, name)
	} else {
		name, files = strings.TrimPrefix(name, "/metadata/"), s.metadata
		s.asked = append(s.asked, name)
	}
	name, err := url.PathUnescape(name)
	raw, ok := files[name]
	switch status := s.status[name]; {
	case status != 0:
		w.WriteHeader(status)
	case !ok || err != nil:
		http.NotFound(w, req)
	default:
		_, _ = w.Write(raw)
	}
}

// requests returns which files were asked for since the last call.
func (s *site) requests() (metadata, targets []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	metadata, targets = s.asked, s.fetched
	s.asked, s.fetched = nil, nil
	return metadata, targets
}

// read answers a want of trustdeck, without a request.
func (s *site) read(w dialect.Want) ([]byte, *model.Fault) {
	name := string(w.Role) + ".json"
	if w.Version != 0 {
		name = fmt.Sprintf("%d.%s", w.Version, name)
	}
	raw, ok := s.metadata[name]
	switch {
	case s.status[name] != 0:
		return nil, &model.Fault{Kind: model.FaultServer, Subject: name, Text: fmt.Sprintf("the server answers %d", s.status[name])}
	case !ok:
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "it does not exist"}
	}
	return raw, nil
}
