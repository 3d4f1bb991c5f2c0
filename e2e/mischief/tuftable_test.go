package mischief

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// A tufRow is one kind of tampering with a repository of TUF 1.0.
type tufRow struct {
	name string
	// do tampers with a place that holds r.
	do func(s *stage, r *tuftest.Repository)
	// want is the problem code or fault kind that the JSON must name; empty where no client can
	// tell. except has others: for a place, a state, or both as "folder/cached".
	want   string
	except map[string]string
	// web is set where there is nothing like it in a folder.
	web bool
}

func (r tufRow) wanted(where, state string) string {
	for _, of := range []string{where + "/" + state, where, state} {
		if want, ok := r.except[of]; ok {
			return want
		}
	}
	return r.want
}

// cachedOnly is that only who has seen the repository before can tell.
func cachedOnly(code string) map[string]string { return map[string]string{"cached": code} }

func numbered(role model.RoleName, version int) string {
	return fmt.Sprintf("%d.%s.json", version, role)
}

// bend swaps a digit in the middle of the first signature of a file.
func bend(raw []byte) []byte {
	raw = bytes.Clone(raw)
	i := bytes.Index(raw, []byte(`"sig": "`)) + 20
	if raw[i] == 'a' {
		raw[i] = 'b'
	} else {
		raw[i] = 'a'
	}
	return raw
}

func tufTable() []tufRow {
	changed := func(role model.RoleName, alter func([]byte) []byte) func(*stage, *tuftest.Repository) {
		return func(s *stage, r *tuftest.Repository) { s.change(r, role, alter) }
	}
	nothing := func([]byte) []byte { return []byte{} }
	rows := []tufRow{
		{name: "altered targets", do: changed("targets", bend), want: "hash-mismatch"},
		{name: "altered delegation", do: changed("bob", bend), want: "hash-mismatch"},
		{name: "altered snapshot", do: changed("snapshot", bend), want: "hash-mismatch"},
		{name: "altered timestamp", do: changed("timestamp", bend), want: "threshold-not-met"},
		{name: "altered root", do: changed("root", bend), want: "threshold-not-met"},
		{
			name: "half a file", do: changed("targets", func(raw []byte) []byte { return raw[:len(raw)/2] }),
			want: "malformed", except: map[string]string{"folder": "bad-data"},
		},
		{name: "empty", do: changed("targets", nothing), want: "malformed", except: map[string]string{"folder": "bad-data"}},
		{name: "empty timestamp", do: changed("timestamp", nothing), want: "malformed", except: map[string]string{"folder": "bad-data"}},
		{name: "deeply nested", do: changed("timestamp", func([]byte) []byte {
			return []byte(`{"x":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `}`)
		}), want: "limit-exceeded"},
		{name: "a member twice", do: changed("timestamp", func(raw []byte) []byte {
			return bytes.Replace(raw, []byte(`"signed": {`), []byte(`"signed": {"version": 1,`), 1)
		}), want: "malformed"},
		{name: "longer than is listed", do: changed("targets", func(raw []byte) []byte { return append(raw, ' ') }), want: "bad-data"},
		{name: "swapped delegations", do: func(s *stage, r *tuftest.Repository) {
			alice, bob := current(r, "alice"), current(r, "bob")
			for i := range alice {
				a, b := s.get(alice[i]), s.get(bob[i])
				s.set(alice[i], b)
				s.set(bob[i], a)
			}
		}, want: "hash-mismatch"},
		{name: "root served as timestamp", do: func(s *stage, r *tuftest.Repository) {
			s.change(r, "timestamp", func([]byte) []byte { return s.get(current(r, "root")[0]) })
		}, want: "wrong-type"},
		{name: "snapshot is gone", do: func(s *stage, r *tuftest.Repository) { s.drop(r, "snapshot") }, want: "missing"},
		{name: "delegation is gone", do: func(s *stage, r *tuftest.Repository) { s.drop(r, "bob") }, want: "missing"},
	}
	rows = append(rows, oldFiles()...)
	rows = append(rows, tufResigned()...)
	return append(rows, tufAnswers()...)
}

// oldFiles are rows in which files come back that were published once.
func oldFiles() []tufRow {
	return []tufRow{
		{name: "old targets under the new name", do: func(s *stage, r *tuftest.Repository) {
			old := s.get(numbered("targets", 1))
			s.change(r, "targets", func([]byte) []byte { return old })
		}, want: "hash-mismatch"},
		{name: "old snapshot under the new name", do: func(s *stage, r *tuftest.Repository) {
			old := s.get(numbered("snapshot", 1))
			s.change(r, "snapshot", func([]byte) []byte { return old })
		}, want: "hash-mismatch"},
		{name: "old targets beside a snapshot without hashes", do: func(s *stage, r *tuftest.Repository) {
			r.Plain = true
			r.Publish("targets")
			s.hold(r)
			old := s.get(numbered("targets", 1))
			s.change(r, "targets", func([]byte) []byte { return old })
		}, want: "wrong-version"},
		{name: "everything of yesterday", do: func(s *stage, r *tuftest.Repository) {
			s.set("timestamp.json", r.Wire[oldTimestamp])
		}, except: cachedOnly("rollback")},
		{name: "frozen", do: func(s *stage, r *tuftest.Repository) {
			r.Signed["timestamp"]["expires"] = later(-1)
			r.Publish()
			s.hold(r)
		}, want: "expired"},
		{name: "two contents of one version", do: func(s *stage, r *tuftest.Repository) {
			signed := r.Signed["timestamp"]
			signed["version"] = seen - 1
			signed["expires"] = later(800)
			r.PublishOnly("timestamp")
			s.hold(r)
		}, except: cachedOnly("equivocation")},
		{name: "a snapshot that lists an older delegation", do: func(s *stage, r *tuftest.Repository) {
			meta := r.Signed["snapshot"]["meta"].(tuftest.Object)
			meta["bob.json"] = tuftest.Object{"version": 1}
			r.Publish()
			s.hold(r)
		}, except: cachedOnly("rollback")},
		{name: "a snapshot that lists a delegation no longer", do: func(s *stage, r *tuftest.Repository) {
			delete(r.Signed["snapshot"]["meta"].(tuftest.Object), "bob.json")
			r.Publish()
			s.hold(r)
		}, want: "not-in-snapshot", except: cachedOnly("dropped")},
		{name: "another repository", do: func(s *stage, _ *tuftest.Repository) {
			other := newTUF()
			other.Publish("root")
			s.hold(other)
		}, except: cachedOnly("root-replaced")},
		{name: "another repository, with no newer root", do: func(s *stage, _ *tuftest.Repository) {
			s.hold(newTUF())
		}, except: cachedOnly("threshold-not-met")},
	}
}

// seen is the version of the timestamp of newTUF: what a client has seen before everything is
// published anew.
const seen = 2

// tufResigned are rows in which whoever holds the keys signs what is wrong.
func tufResigned() []tufRow {
	published := func(role model.RoleName, change func(r *tuftest.Repository)) func(*stage, *tuftest.Repository) {
		return func(s *stage, r *tuftest.Repository) {
			change(r)
			r.Publish(role)
			s.hold(r)
		}
	}
	return []tufRow{
		{name: "no signatures", do: published("targets", func(r *tuftest.Repository) { r.Signers["targets"] = nil }), want: "threshold-not-met"},
		{name: "foreign signatures", do: published("targets", func(r *tuftest.Repository) {
			r.Signers["targets"] = []*tuftest.Key{tuftest.Ed25519()}
		}), want: "foreign-signature"},
		{name: "two signatures of one key", do: published("targets", func(r *tuftest.Repository) {
			r.Signers["targets"] = append(r.Signers["targets"], r.Signers["targets"][0])
		}), want: "invalid-signature"},
		{name: "one of two signatures", do: published("root", func(r *tuftest.Repository) { r.Signers["root"] = r.Signers["root"][:1] }), want: "threshold-not-met"},
		{name: "targets outside the paths", do: published("bob", func(r *tuftest.Repository) { r.AddTarget("bob", "alice/app", "x") }), want: "outside-paths"},
		{name: "a delegation to targets", do: published("alice", func(r *tuftest.Repository) {
			r.Delegate("alice", "targets", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"*"}})
		}), want: "bad-delegation"},
		{name: "version 2 of the specification", do: published("targets", func(r *tuftest.Repository) { r.Signed["targets"]["spec_version"] = "2.0.0" }), want: "malformed"},
		{name: "version 0", do: published("targets", func(r *tuftest.Repository) { r.Signed["targets"]["version"] = -1 }), want: "malformed"},
		{name: "a root of the same version", do: func(s *stage, r *tuftest.Repository) {
			raw := s.get(current(r, "root")[0])
			s.set(numbered("root", tuftest.Version(r.Signed["root"])+1), raw)
		}, want: "wrong-version"},
	}
}

// tufAnswers are rows about the protocol.
func tufAnswers() []tufRow {
	web := func(name, role string, h http.HandlerFunc, want string) tufRow {
		return tufRow{name: name, do: func(s *stage, _ *tuftest.Repository) { s.answer(role, h) }, want: want, web: true}
	}
	code := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	return []tufRow{
		web("endless", "timestamp", endless, "bad-data"),
		web("slow", "timestamp", slow, "unreachable"),
		web("hanging", "snapshot", hang, "unreachable"),
		web("hanging everywhere", "*", hang, "unreachable"),
		web("compressed to explode", "timestamp", bomb(), "bad-data"),
		web("cut short", "timestamp", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, "unreachable"),
		web("401", "*", code(http.StatusUnauthorized), "unauthorized"),
		web("404", "*", http.NotFound, "not-found"),
		web("403 for one delegation", "bob", code(http.StatusForbidden), "missing"),
		web("204", "timestamp", code(http.StatusNoContent), "bad-data"),
		web("206", "timestamp", code(http.StatusPartialContent), "bad-data"),
		web("429", "*", code(http.StatusTooManyRequests), "server"),
		web("500", "*", code(http.StatusInternalServerError), "server"),
		web("500 for the timestamp", "timestamp", code(http.StatusInternalServerError), "unavailable"),
		{name: "500 for the next root", do: func(s *stage, r *tuftest.Repository) {
			s.answer(numbered("root", tuftest.Version(r.Signed["root"])+1), code(http.StatusInternalServerError))
		}, want: "unavailable", web: true},
		web("redirect loop", "*", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, "bad-data"),
		web("redirect to http", "timestamp", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/timestamp.json", http.StatusFound)
		}, "bad-data"),
		web("redirect to a file", "timestamp", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "bad-data"),
		web("a web page", "*", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>log in</html>")) }, "malformed"),
		{name: "another type of content", do: func(s *stage, _ *tuftest.Repository) {
			raw := s.get("timestamp.json")
			s.answer("timestamp", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write(raw)
			})
		}, web: true},
	}
}
