package mischief

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// A row is one kind of tampering.
type row struct {
	name string
	// do tampers with a server that holds r.
	do func(l *liar, r *notarytest.Repo)
	// want holds, for each state of the client, the problem code or fault kind
	// that the JSON must name; a state that is not there is as fresh, and an
	// empty one means that this client cannot tell.
	want map[string]string
	// screen is a text that the UI must show: for a fresh client, or for one that
	// has a cache where a fresh one cannot tell.
	screen string
}

func fresh(code string) map[string]string { return map[string]string{"fresh": code} }

// altered swaps a character in the middle of a signature.
func altered(raw []byte) []byte {
	i := bytes.LastIndex(raw, []byte(`"sig":"`)) + 20
	if raw[i] == 'A' {
		raw[i] = 'B'
	} else {
		raw[i] = 'A'
	}
	return raw
}

// reseal signs a changed file of a role and everything that lists it.
func reseal(l *liar, r *notarytest.Repo, role model.RoleName, change func(f *notary.File)) {
	change(r.Files[role])
	r.Seal(role)
	l.hold(r)
}

func table() []row {
	rows := []row{
		{"altered targets", func(l *liar, _ *notarytest.Repo) { l.change("targets", altered) }, fresh("hash-mismatch"), "targets has 0 valid signatures"},
		{"altered delegation", func(l *liar, _ *notarytest.Repo) { l.change("targets/bob", altered) }, fresh("hash-mismatch"), "targets/bob has 0 valid"},
		{"altered snapshot", func(l *liar, _ *notarytest.Repo) { l.change("snapshot", altered) }, fresh("hash-mismatch"), "snapshot has 0 valid"},
		{"altered timestamp", func(l *liar, _ *notarytest.Repo) { l.change("timestamp", altered) }, fresh("threshold-not-met"), "timestamp has 0 valid"},
		{
			"altered root", func(l *liar, _ *notarytest.Repo) { l.change("root", altered) },
			// A client that holds the root has no need to ask for it.
			map[string]string{"fresh": "threshold-not-met", "cached": "", "pinned": "threshold-not-met"},
			"root has 0 valid",
		},
		{"truncated", func(l *liar, _ *notarytest.Repo) {
			l.change("targets", func(b []byte) []byte { return b[:len(b)/2] })
		}, fresh("malformed"), "targets is not readable: at byte"},
		{"empty", func(l *liar, _ *notarytest.Repo) { l.change("targets", func([]byte) []byte { return nil }) }, fresh("malformed"), "targets is not readable: at byte 0"},
		{"empty timestamp", func(l *liar, _ *notarytest.Repo) { l.change("timestamp", func([]byte) []byte { return nil }) }, fresh("malformed"), "timestamp is not readable: at byte 0"},
		{"endless", func(l *liar, _ *notarytest.Repo) { l.answer("timestamp", endless) }, fresh("bad-data"), "longer"},
		{"slow", func(l *liar, _ *notarytest.Repo) { l.answer("timestamp", slow) }, fresh("unreachable"), "within"},
		{"hanging", func(l *liar, _ *notarytest.Repo) { l.answer("snapshot", hang) }, fresh("unreachable"), "within"},
		{"hanging everywhere", func(l *liar, _ *notarytest.Repo) { l.answer("*", hang) }, fresh("unreachable"), "within"},
		{"compressed to explode", func(l *liar, _ *notarytest.Repo) { l.answer("timestamp", bomb()) }, fresh("bad-data"), "compressed"},
		{"deeply nested", func(l *liar, _ *notarytest.Repo) {
			l.change("timestamp", func([]byte) []byte {
				return []byte(`{"x":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `}`)
			})
		}, fresh("malformed"), "nested more than 64"},
		{"wrong length", func(l *liar, _ *notarytest.Repo) {
			l.change("targets", func(b []byte) []byte { return append(b, ' ') })
		}, fresh("wrong-length"), "but the snapshot lists"},
		{"swapped delegations", func(l *liar, _ *notarytest.Repo) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.files["targets/alice"], l.files["targets/bob"] = l.files["targets/bob"], l.files["targets/alice"]
		}, fresh("hash-mismatch"), "targets/alice has 0 valid"},
		{"root served as targets", func(l *liar, _ *notarytest.Repo) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.files["targets"] = l.files["root"]
		}, fresh("wrong-type"), "must be of type \"Targets\""},
		{"snapshot is gone", func(l *liar, _ *notarytest.Repo) { l.drop("snapshot") }, fresh("missing"), "there is no file for snapshot"},
	}
	return append(append(rows, resigned()...), answers()...)
}

// resigned are rows in which whoever holds the keys signs what is wrong.
func resigned() []row {
	return []row{
		{"signatures missing", func(l *liar, r *notarytest.Repo) {
			r.Files["targets"].Signatures = nil
			r.SealSnapshot()
			l.hold(r)
		}, fresh("no-signatures"), "targets is not readable: the file has no signatures"},
		{"signatures null", func(l *liar, _ *notarytest.Repo) {
			l.change("timestamp", func(b []byte) []byte {
				return append(b[:bytes.Index(b, []byte(`"signatures":`))], `"signatures":null}`...)
			})
		}, fresh("no-signatures"), "timestamp is not readable: the file has no signatures"},
		{"signatures foreign", func(l *liar, r *notarytest.Repo) {
			notarytest.SignFile(r.Files["targets"], notarytest.NewKey())
			r.SealSnapshot()
			l.hold(r)
		}, fresh("foreign-signature"), "targets has 0 valid"},
		{"timestamp and snapshot rolled back", func(l *liar, _ *notarytest.Repo) {
			l.mu.Lock()
			defer l.mu.Unlock()
			for _, role := range []string{"timestamp", "snapshot", "targets"} {
				l.files[role] = l.files["1."+role]
			}
		}, map[string]string{"fresh": "", "cached": "rollback", "pinned": ""}, "was seen before"},
		{"mixed snapshots", func(l *liar, _ *notarytest.Repo) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.files["targets"] = l.files["1.targets"]
		}, fresh("hash-mismatch"), "but the snapshot lists"},
		{
			"replaced root", func(l *liar, _ *notarytest.Repo) { l.hold(newRepo()) },
			map[string]string{"fresh": "", "cached": "root-replaced", "pinned": "pin-mismatch"},
			"which was trusted before",
		},
		{"targets outside the paths", func(l *liar, r *notarytest.Repo) {
			r.Tag("targets/bob", "elsewhere", "x")
			r.Seal("targets/bob")
			l.hold(r)
		}, fresh("outside-paths"), "outside its paths"},
		{"delegation cycle", func(l *liar, r *notarytest.Repo) {
			reseal(l, r, "targets/alice", func(f *notary.File) { f.Roles[0].Name = "targets" })
		}, fresh("delegation-cycle"), "delegates back to targets"},
		{"bytes that Notary would not write", func(l *liar, _ *notarytest.Repo) {
			l.change("timestamp", func(b []byte) []byte { return append(b, '\n') })
		}, fresh("not-notary-bytes"), "not in Notary's form"},
	}
}

// answers are rows about the protocol.
func answers() []row {
	all := func(h http.HandlerFunc) func(*liar, *notarytest.Repo) {
		return func(l *liar, _ *notarytest.Repo) { l.answer("*", h) }
	}
	one := func(role string, h http.HandlerFunc) func(*liar, *notarytest.Repo) {
		return func(l *liar, _ *notarytest.Repo) { l.answer(role, h) }
	}
	return []row{
		{"401", all(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="notary"`)
			w.WriteHeader(http.StatusUnauthorized)
		}), fresh("unauthorized"), "there are no credentials"},
		{"403", all(status(http.StatusForbidden, "no")), fresh("unauthorized"), "forbids it (403)"},
		{"404", all(http.NotFound), fresh("not-found"), "does not have trust data"},
		{"404 for one delegation", func(l *liar, _ *notarytest.Repo) { l.drop("targets/bob") }, fresh("missing"), "there is no file for targets/bob"},
		{"429", all(status(http.StatusTooManyRequests, "slow down")), fresh("server"), "(429)"},
		{"500", all(status(http.StatusInternalServerError, "signer is down\x1b[2J")), fresh("server"), "(500)"},
		{"500 for the timestamp", one("timestamp", status(http.StatusInternalServerError, "no signer")), fresh("unavailable"), "no signer"},
		{"redirect loop", all(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}), fresh("bad-data"), "redirects in a loop"},
		{"a web page", all(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>log in</html>")) }), fresh("malformed"), "is not readable: at byte 0"},
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func bomb() http.HandlerFunc {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	zero := make([]byte, 1<<20)
	for range 200 {
		_, _ = z.Write(zero)
	}
	_ = z.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(buf.Bytes())
	}
}
