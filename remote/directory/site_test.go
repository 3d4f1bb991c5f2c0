package directory_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/directory"
)

// A web is a server of files that keeps what it was asked for.
type web struct {
	*httptest.Server
	// files by path; missing is the status where there is none.
	files   map[string]string
	missing int

	mu    sync.Mutex
	asked []string
}

// requests are the paths that were asked for since the last call.
func (w *web) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.asked
	w.asked = nil
	return out
}

func (w *web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.URL.EscapedPath())
	text, ok := w.files[r.URL.EscapedPath()]
	w.mu.Unlock()
	if !ok {
		out.WriteHeader(w.missing)
		return
	}
	out.Header().Set("Last-Modified", "Sun, 01 Nov 2026 08:00:00 GMT")
	_, _ = out.Write([]byte(text))
}

// serve starts a TLS server, and makes a site below /metadata of it.
func serve(t testing.TB, h http.Handler) (*httptest.Server, *directory.Site) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server, siteAt(t, server, server.URL+"/metadata")
}

func siteAt(t testing.TB, trusted *httptest.Server, url string) *directory.Site {
	t.Helper()
	pool := x509.NewCertPool()
	if trusted != nil {
		pool.AddCert(trusted.Certificate())
	}
	site, err := directory.NewSite(directory.SiteConfig{
		URL: url, GUN: gun, Timeout: 5 * time.Second,
		TLS: func(string) (*tls.Config, error) {
			return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	return site
}

// published is a web of files as put makes them, below /metadata.
func published(t testing.TB, missing int, names ...string) (*web, *directory.Site) {
	t.Helper()
	w := &web{files: map[string]string{}, missing: missing}
	for _, entry := range names {
		name, text, ok := strings.Cut(entry, "=")
		var version int64 = 1
		_, _ = fmt.Sscanf(name, "%d.", &version)
		if !ok {
			text = meta(name, version)
		}
		w.files["/metadata/"+name] = text
	}
	var site *directory.Site
	w.Server, site = serve(t, w)
	return w, site
}

// What is asked for, in which order, and what comes of it.
func TestSiteReads(t *testing.T) {
	consistent := []string{"1.root.json", "2.root.json", "3.root.json", "timestamp.json", "8.snapshot.json", "3.a%2Fb.json"}
	plain := []string{"1.root.json", "2.root.json", "root.json=" + meta("plain", 2), "timestamp.json", "snapshot.json=" + meta("snapshot.json", 8)}
	for _, c := range []struct {
		name    string
		files   []string
		role    model.RoleName
		version int64
		want    string
		asked   string
	}{
		{"consistent", consistent, "root", 0, meta("3.root.json", 3), "root 1.root 2.root 3.root 4.root"},
		{"consistent", consistent, "root", 2, meta("2.root.json", 2), "2.root"},
		{"the chain ends", consistent, "root", 4, "", "4.root"},
		{"consistent", consistent, "timestamp", 0, meta("timestamp.json", 1), "timestamp"},
		{"consistent", consistent, "timestamp", 1, meta("timestamp.json", 1), "timestamp"},
		{"consistent", consistent, "timestamp", 2, "", "timestamp"},
		{"consistent", consistent, "snapshot", 8, meta("8.snapshot.json", 8), "8.snapshot"},
		{"consistent", consistent, "snapshot", 9, "", "9.snapshot snapshot"},
		{"consistent", consistent, "a/b", 3, meta("3.a%2Fb.json", 3), "3.a%2Fb"},
		{"a name that leads out", consistent, "../../etc/passwd", 3, "", "3...%2F..%2Fetc%2Fpasswd ..%2F..%2Fetc%2Fpasswd"},
		{"a name of controls", consistent, "a\r\n\x00", 0, "", "a%0D%0A%00"},
		{"no name", consistent, "", 0, "", ""},
		{"not consistent", plain, "root", 0, meta("plain", 2), "root 3.root"},
		{"not consistent", plain, "snapshot", 8, meta("snapshot.json", 8), "8.snapshot snapshot"},
		{"not consistent", plain, "snapshot", 7, "", "7.snapshot snapshot"},
		{"a root that was left behind", append(consistent, "root.json="+meta("old", 1)), "root", 0, meta("3.root.json", 3), "root 2.root 3.root 4.root"},
		{"a root that states no version", []string{"root.json={}"}, "root", 0, "{}", "root"},
		{"a root that states too much", []string{`root.json={"signed":{"version":9223372036854775807}}`}, "root", 0, `{"signed":{"version":9223372036854775807}}`, "root"},
		{"no root", []string{"timestamp.json"}, "root", 0, "", "root 1.root"},
	} {
		for _, missing := range []int{http.StatusNotFound, http.StatusForbidden} {
			t.Run(fmt.Sprintf("%s/%q %d/%d", c.name, c.role, c.version, missing), func(t *testing.T) {
				server, site := published(t, missing, c.files...)
				got, err := site.Read(t.Context(), gun, port.Ref{Role: c.role, Version: c.version, Limit: limit})
				if string(got.Bytes) != c.want {
					t.Errorf("got %q, want %q", got.Bytes, c.want)
				}
				if c.want == "" {
					check(t, err, model.FaultNotFound, "")
				} else if err != nil || !got.Modified.Equal(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)) {
					t.Errorf("%v, modified %v", err, got.Modified)
				}
				var want []string
				for name := range strings.FieldsSeq(c.asked) {
					want = append(want, "/metadata/"+name+".json")
				}
				if asked := server.requests(); !slices.Equal(asked, want) {
					t.Errorf("asked for %q, want %q", asked, want)
				}
			})
		}
	}
}

// The walk to the current root goes on where it ended, and begins anew where that root is
// there no more. Once files have versions in their names, no other name is tried.
func TestSiteRemembers(t *testing.T) {
	server, site := published(t, http.StatusNotFound, "1.root.json", "2.root.json", "8.snapshot.json")
	read := func(ref port.Ref, asked ...string) {
		t.Helper()
		ref.Limit = limit
		_, _ = site.Read(t.Context(), gun, ref)
		if got := server.requests(); !slices.Equal(got, asked) {
			t.Errorf("asked for %q, want %q", got, asked)
		}
	}
	root := port.Ref{Role: model.RoleRoot}
	read(root, "/metadata/root.json", "/metadata/1.root.json", "/metadata/2.root.json", "/metadata/3.root.json")
	read(root, "/metadata/2.root.json", "/metadata/3.root.json")
	server.mu.Lock()
	delete(server.files, "/metadata/2.root.json")
	server.mu.Unlock()
	read(root, "/metadata/2.root.json", "/metadata/root.json", "/metadata/1.root.json", "/metadata/2.root.json")
	read(port.Ref{Role: model.RoleSnapshot, Version: 8}, "/metadata/8.snapshot.json")
	read(port.Ref{Role: model.RoleTargets, Version: 3}, "/metadata/3.targets.json")
}

// A server that has ever another root is left in the end.
func TestSiteEndlessRoots(t *testing.T) {
	asked := 0
	_, site := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = fmt.Fprint(w, meta("root", int64(asked)))
	}))
	_, err := site.Read(t.Context(), gun, port.Ref{Role: model.RoleRoot, Limit: limit})
	check(t, err, model.FaultBadData, "it has more than 1024 consecutive roots")
	if asked != 1025 {
		t.Errorf("asked %d times", asked)
	}
}

// Answers that are none: each ends with a fault that names the address, at once.
func TestSiteAnswers(t *testing.T) {
	const name = "/metadata/timestamp.json: "
	for about, c := range map[string]struct {
		answer http.HandlerFunc
		kind   model.FaultKind
		text   string
	}{
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, model.FaultUnreachable, name + "the connection was cut before"},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(limit+1))
		}, model.FaultBadData, name + "the answer has 1048577 bytes; the limit is 1048576"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, model.FaultBadData, name + "the answer is longer than the limit of 1048576 bytes"},
		"failed":        {status(http.StatusInternalServerError), model.FaultServer, name + "the server failed (500)"},
		"too many":      {status(http.StatusTooManyRequests), model.FaultServer, name + "the server is limiting requests"},
		"a login":       {status(http.StatusUnauthorized), model.FaultUnauthorized, name + "the server requires authentication, but trustdeck reads repositories without a login"},
		"no content":    {status(http.StatusNoContent), model.FaultBadData, name + "the server answered 204"},
		"not found":     {status(http.StatusNotFound), model.FaultNotFound, name + "the server does not have it (404)"},
		"forbidden":     {status(http.StatusForbidden), model.FaultNotFound, name + "the server does not have it (403)"},
		"gone":          {status(http.StatusGone), model.FaultNotFound, name + "the server does not have it (410)"},
		"a circle":      {redirect("/metadata/timestamp.json"), model.FaultBadData, name + "the server redirects in a loop"},
		"downgraded":    {redirect("http://127.0.0.1:1/timestamp.json"), model.FaultBadData, "the server redirects from https to http"},
		"another world": {redirect("file:///etc/passwd"), model.FaultBadData, "the server redirects to an address that is not https or http"},
	} {
		t.Run(about, func(t *testing.T) {
			_, site := serve(t, c.answer)
			_, err := site.Read(t.Context(), gun, port.Ref{Role: model.RoleTimestamp, Limit: limit})
			check(t, err, c.kind, c.text)
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// A redirect to a mirror is followed.
func TestSiteRedirect(t *testing.T) {
	_, site := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/metadata/"); ok {
			http.Redirect(w, r, "/mirror/"+rest, http.StatusMovedPermanently)
			return
		}
		_, _ = fmt.Fprint(w, meta(r.URL.Path, 1))
	}))
	got, err := site.Read(t.Context(), gun, port.Ref{Role: model.RoleTimestamp, Limit: limit})
	if err != nil || string(got.Bytes) != meta("/mirror/timestamp.json", 1) {
		t.Errorf("%q, %v", got.Bytes, err)
	}
}

// A server that does not answer is left when the user stops, or its time is over.
func TestSiteSilence(t *testing.T) {
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	server, site := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	}))
	defer close(leave)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err := site.Read(ctx, gun, port.Ref{Role: model.RoleTimestamp, Limit: limit}); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("cancelled: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	hasty, err := directory.NewSite(directory.SiteConfig{
		URL: server.URL, GUN: gun, Timeout: time.Millisecond,
		TLS: func(string) (*tls.Config, error) {
			return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = hasty.Read(t.Context(), gun, port.Ref{Role: model.RoleTimestamp, Limit: limit})
	check(t, err, model.FaultUnreachable, "timestamp.json: no complete answer within 1ms")
}

// By hash only the very file comes.
func TestSiteByHash(t *testing.T) {
	_, site := published(t, http.StatusNotFound, "8.snapshot.json")
	sum := sha256.Sum256([]byte(meta("8.snapshot.json", 8)))
	ref := port.Ref{Role: model.RoleSnapshot, Version: 8, SHA256: hex.EncodeToString(sum[:]), Limit: limit}
	if got, err := site.Read(t.Context(), gun, ref); err != nil || string(got.Bytes) != meta("8.snapshot.json", 8) {
		t.Errorf("%q, %v", got.Bytes, err)
	}
	ref.SHA256 = strings.Repeat("0", 64)
	_, err := site.Read(t.Context(), gun, ref)
	check(t, err, model.FaultNotFound, "it does not have snapshot with the SHA-256 0000")
}

func TestSitePing(t *testing.T) {
	server, site := published(t, http.StatusForbidden, "timestamp.json")
	if err := site.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if source := site.Source(); source.Kind != model.SourceServer || source.Name != strings.TrimPrefix(server.URL, "https://")+"/metadata" {
		t.Errorf("the source is %+v", source)
	}
	listed, err := site.Repositories(t.Context())
	if err != nil || !slices.Equal(listed, []port.Listed{{GUN: gun}}) {
		t.Errorf("%v, %v", listed, err)
	}
	_, err = site.Changes(t.Context(), gun)
	check(t, err, model.FaultNotFound, "a web server can't list what was published")
	_, err = site.Read(t.Context(), "other", port.Ref{Role: model.RoleRoot, Limit: limit})
	check(t, err, model.FaultNotFound, "other: it is not the repository in ")
	check(t, siteAt(t, server.Server, server.URL+"/elsewhere/").Ping(t.Context()), model.FaultNotFound, "/elsewhere: this is not a TUF repository")
	check(t, siteAt(t, nil, server.URL).Ping(t.Context()), model.FaultTLS, "the server's certificate is not trusted")
}

// Without TLS only this machine is asked.
func TestSitePlain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, meta(r.URL.Path, 1)) }))
	defer server.Close()
	got, err := siteAt(t, nil, server.URL+"/").Read(t.Context(), gun, port.Ref{Role: model.RoleTimestamp, Limit: limit})
	if err != nil || string(got.Bytes) != meta("/timestamp.json", 1) {
		t.Errorf("%q, %v", got.Bytes, err)
	}
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://TUF.example.org":           "https://tuf.example.org",
		"https://tuf.example.org/a%20b/":    "https://tuf.example.org/a%20b",
		"http://127.0.0.1:8001/metadata":    "http://127.0.0.1:8001/metadata",
		"http://[::1]:8001":                 "http://[::1]:8001",
		"http://tuf.example.org":            "tuf.example.org: the repository's URL doesn't use https",
		"http://127.0.0.1.example.org":      "127.0.0.1.example.org: the repository's URL doesn't use https",
		"https://alice:secret@example.org":  "example.org: the URL of a repository must not contain a password",
		"https://example.org/?token=secret": "example.org: the URL of the repository has more than a host and a path",
		"https://example.org/#a":            "example.org: the URL of the repository has more than a host and a path",
		"ftp://example.org":                 "example.org: this is not the URL of a web server",
		"https:example.org":                 "the address of the repository: this is not the URL of a web server",
		"https://alice:secret@exa mple.org": "the address of the repository: this is not the URL of a web server",
		"":                                  "the address of the repository: this is not the URL of a web server",
	} {
		got, err := directory.ParseURL(text)
		if err == nil && got.String() != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		if err != nil {
			check(t, err, model.FaultUsage, want)
			var fault *model.Fault
			if errors.As(err, &fault) && strings.Contains(fault.Error()+fault.Hint, "secret") {
				t.Errorf("%s: the fault repeats a secret: %v", text, fault)
			}
		}
		_, made := directory.NewSite(directory.SiteConfig{URL: text})
		if (made == nil) != (err == nil) {
			t.Errorf("%s: %v", text, made)
		}
	}
}

// The current timestamp is asked for under the condition that it is another one; nothing
// else is, and a server that names no version of it is asked for the whole.
func TestTimestampIsConditional(t *testing.T) {
	const path = "/metadata/timestamp.json"
	var conditions []string
	tag, text := `"one"`, "first"
	_, site := serve(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		conditions = append(conditions, r.Header.Get("If-None-Match"))
		if tag != "" {
			out.Header().Set("ETag", tag)
		}
		if tag != "" && r.Header.Get("If-None-Match") == tag && r.URL.Path == path {
			out.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = out.Write([]byte(text))
	}))
	read := func(role model.RoleName, version int64) string {
		t.Helper()
		file, err := site.Read(context.Background(), gun, port.Ref{Role: role, Version: version, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return string(file.Bytes)
	}
	for _, want := range []string{"first", "first"} {
		if got := read(model.RoleTimestamp, 0); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	read(model.RoleSnapshot, 3)
	tag, text = `"two"`, "second"
	if got := read(model.RoleTimestamp, 0); got != "second" {
		t.Errorf("%q after a change", got)
	}
	tag, text = "", "third"
	read(model.RoleTimestamp, 0)
	if got := read(model.RoleTimestamp, 0); got != "third" {
		t.Errorf("%q without a tag", got)
	}
	if want := []string{"", `"one"`, "", `"one"`, `"two"`, `"two"`}; !slices.Equal(conditions, want) {
		t.Errorf("asked under the conditions %q, want %q", conditions, want)
	}
}
