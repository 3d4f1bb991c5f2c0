package change

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
)

// The commands that meet bad servers: one that changes what is there, and one that
// makes keys and something new.
var (
	toAdd  = add("--key", "./alice.pub", "alice", initialised)
	toInit = initialise(fresh)
)

func unreachable() []misuse {
	row := func(name string, wrong func(*scene)) misuse {
		return misuse{name: "server: " + name, args: toAdd, wrong: wrong}
	}
	return []misuse{
		row("nobody listens", func(s *scene) { s.url = "https://127.0.0.1:1" }),
		row("a scheme that is none", func(s *scene) { s.url = "ftp://notary.example.org" }),
		row("a foreign certificate", func(s *scene) { s.authority = "" }),
		row("a certificate for another host", func(s *scene) {
			s.behind(http.NotFoundHandler(), false)
			s.url = strings.Replace(s.url, "127.0.0.1", "localhost", 1)
		}),
		row("no TLS", func(s *scene) {
			s.behind(http.NotFoundHandler(), true)
			s.url = strings.Replace(s.url, "http:", "https:", 1)
		}),
		row("the file of its authority is not there", func(s *scene) { s.authority = s.files + "/nobody.crt" }),
		row("the file of its authority is a key", func(s *scene) { s.authority = s.files + "/alice.pub" }),
		row("the connection is dropped", func(s *scene) { s.fault(peer.Fault{Drop: true}) }),
		row("no answer in time", func(s *scene) {
			s.flags = []string{"--timeout", "200ms"}
			s.behind(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), true)
		}),
	}
}

func strangers() []misuse {
	answers := func(name string, handler http.HandlerFunc) misuse {
		return misuse{name: "server: " + name, args: toInit, wrong: func(s *scene) { s.behind(handler, true) }}
	}
	text := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body) // the client may have gone
		}
	}
	return []misuse{
		answers("a web site", text(http.StatusOK, "<html><title>Welcome</title></html>")),
		answers("a web site that has nothing of it", text(http.StatusNotFound, "<html><title>Not found</title></html>")),
		answers("another programming interface", text(http.StatusOK, "{}")),
		answers("noise", text(http.StatusOK, strings.Repeat("\x00\xff\x1b[2J", 1000))),
		answers("an answer without end", func(w http.ResponseWriter, _ *http.Request) {
			for err := error(nil); err == nil; {
				_, err = io.WriteString(w, strings.Repeat(" ", 1<<20))
			}
		}),
		answers("a redirection that goes round", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}),
		answers("a status that is none of its own", text(http.StatusTeapot, "")),
	}
}

func guarded() []misuse {
	as := func(name string, auth string) misuse {
		return misuse{name: "server: " + name, args: toAdd, env: []string{"NOTARY_AUTH=" + auth}}
	}
	return []misuse{
		as("no credentials", ""),
		as("wrong credentials", "YWRtaW46d3Jvbmc="),
		as("credentials of somebody unknown", "bm9ib2R5OndvcmQ="),
		as("credentials that are none", "admin:password"),
	}
}

func failing() []misuse {
	row := func(name string, args []string, f peer.Fault) misuse {
		return misuse{name: "server: " + name, args: args, wrong: func(s *scene) { s.fault(f) }}
	}
	return []misuse{
		row("403 for reading", toAdd, peer.Fault{Method: "GET", Status: 403}),
		row("429 for reading", toAdd, peer.Fault{Method: "GET", Status: 429}),
		row("500 for reading", toAdd, peer.Fault{Method: "GET", Status: 500}),
		row("500 for the root", toAdd, peer.Fault{Method: "GET", Path: "root", Status: 500}),
		row("502 of a proxy for reading", toAdd, peer.Fault{Method: "GET", Status: 502, Body: "<html><h1>502 Bad Gateway</h1></html>"}),
		row("noise for the root", toAdd, peer.Fault{Method: "GET", Path: "root", Status: 200, Body: "\x00\xff\x1b[2J"}),
		row("403 for a key", toInit, peer.Fault{Method: "GET", Path: "snapshot.key", Status: 403}),
		row("500 for a key", toInit, peer.Fault{Method: "GET", Path: "timestamp.key", Status: 500}),
		row("noise for a key", toInit, peer.Fault{Method: "GET", Path: "timestamp.key", Status: 200, Body: "<html></html>"}),
		row("a key that does not parse", toInit, peer.Fault{
			Method: "GET", Path: "timestamp.key", Status: 200, Body: `{"keytype":"ecdsa","keyval":{"public":"bm90IGEga2V5","private":null}}`,
		}),
		row("no more connection for a key", toInit, peer.Fault{Method: "GET", Path: "snapshot.key", Drop: true}),
	}
}

func uploads() []misuse {
	row := func(name string, args []string, f peer.Fault) misuse {
		f.Method = http.MethodPost
		return misuse{name: "upload: " + name, args: args, wrong: func(s *scene) { s.fault(f) }}
	}
	return []misuse{
		row("401", toAdd, peer.Fault{Status: 401}),
		row("403", toAdd, peer.Fault{Status: 403}),
		row("403, and keys were made", toInit, peer.Fault{Status: 403}),
		row("404", toAdd, peer.Fault{Status: 404}),
		row("405", toAdd, peer.Fault{Status: 405}),
		row("409", toAdd, peer.Fault{Status: 409}),
		row("413", toAdd, peer.Fault{Status: 413}),
		row("500", toAdd, peer.Fault{Status: 500}),
		row("500, and keys were made", toInit, peer.Fault{Status: 500}),
		row("502 of a proxy", toAdd, peer.Fault{Status: 502, Body: "<html><h1>502 Bad Gateway</h1></html>"}),
		row("200 of something else", toAdd, peer.Fault{Status: 200, Body: "<html></html>"}),
		row("refused", toAdd, peer.Fault{Status: 400, Body: `{"errors":[{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid."}]}`}),
		row("refused with noise", toAdd, peer.Fault{Status: 400, Body: "\x00\xff\x1b[2J"}),
		row("VERSION, though nobody has published", toAdd, peer.Fault{Status: 400, Body: `{"errors":[{"code":"VERSION","message":"A newer version of metadata is already available."}]}`}),
		row("dropped", toAdd, peer.Fault{Drop: true}),
		row("dropped, and keys were made", toInit, peer.Fault{Drop: true}),
		row("cut off in the middle", toAdd, peer.Fault{Cut: 500}),
	}
}

func stored() []misuse {
	lost := func(name string, args []string) misuse {
		return misuse{name: "upload: " + name, args: args, stored: true, wrong: func(s *scene) { s.fault(peer.Fault{Method: http.MethodPost, After: true}) }}
	}
	down := lost("the answer is lost, and then the server", toAdd)
	down.open, down.then = true, finished
	down.wrong = func(s *scene) {
		s.fault(peer.Fault{Method: http.MethodPost, After: true})
		s.after(1, "POST", func() { s.fault(peer.Fault{Method: http.MethodGet, Drop: true}) })
	}
	unread := misuse{name: "upload: stored, and cannot be read back", args: toAdd, stored: true, wrong: func(s *scene) {
		s.after(1, "POST", func() { s.fault(peer.Fault{Method: http.MethodGet, Status: 500}) })
	}}
	again := lost("the answer is lost, and the server starts again", toAdd)
	again.wrong = func(s *scene) {
		s.fault(peer.Fault{Method: http.MethodPost, After: true})
		s.after(1, "POST", func() { s.fault(peer.Fault{Method: http.MethodGet, Drop: true, Times: 3}) })
	}
	ended := misuse{name: "upload: stored, and then the server ends", args: toAdd, stored: true, wrong: func(s *scene) {
		s.after(1, "POST", func() { s.fault(peer.Fault{Method: http.MethodGet, Drop: true}) })
	}}
	return []misuse{
		lost("the answer is lost", toAdd),
		lost("the answer of an init is lost", toInit),
		down,
		again,
		unread,
		ended,
	}
}

// finished finds that the journal says what has become of the change once the server
// is back.
func finished(t *testing.T, s *scene) {
	t.Helper()
	s.reset()
	if r := s.run("resume", "--yes"); r.Code != 0 || !strings.Contains(r.Stderr, "was cut off") {
		t.Errorf("resume: exit code %d: %s", r.Code, r.Stderr)
	}
}

func rivals() []misuse {
	row := func(name string, look int64) misuse {
		return misuse{
			name: "rival: " + name, args: toAdd, others: true,
			wrong: func(s *scene) {
				s.after(look, "GET /v2/"+initialised+"/_trust/tuf/timestamp.json", func() {
					at(s.t, s.server, s.trust).do(initialised, model.AddSigner{Name: "bob", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}})
				})
			},
			then: func(t *testing.T, s *scene) {
				repo := at(t, s.server, s.trust).service.Open(t.Context(), initialised).Repository
				if repo.Role("targets/bob") == nil || repo.Role("targets/alice") != nil {
					t.Error("the change of somebody else is lost, or one was made on top of it that nobody has seen")
				}
			},
		}
	}
	return []misuse{
		row("before the keys are unlocked", 2),
		row("before the upload", 3),
		row("at the very moment of the upload", 4),
	}
}
