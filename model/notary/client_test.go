package notary_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// What clients refuse although everything is signed as it must be, and what they take
// although it is odd. e2e/differential shows of each row that Notary's own library and
// programs do the same.
func TestAsClientsJudge(t *testing.T) {
	root := func(r *notarytest.Repo, alter func(text []byte) []byte) {
		k := r.Keys[model.RoleRoot][0]
		k.Public = alter(k.Public)
		k.ID = notary.KeyID(k.Type, k.Public)
		r.Keys[model.RoleRoot] = []notarytest.Key{k}
		r.Files[model.RoleRoot].Keys = nil
		r.NameKeys()
		r.Seal(model.RoleRoot)
	}
	entry := func(r *notarytest.Repo, listing, of model.RoleName, alter func(*model.MetaEntry)) {
		f := r.Files[listing]
		for i := range f.Meta {
			if f.Meta[i].Role == of {
				alter(&f.Meta[i])
			}
		}
		notarytest.SignFile(f, r.Keys[listing]...)
		if listing == model.RoleSnapshot {
			r.SealTimestamp()
		}
	}
	signer := func(r *notarytest.Repo, k notarytest.Key) {
		r.Delegate("targets/carol", 1, []string{""}, k)
		r.Tag("targets/carol", "c", "c")
		r.Seal(model.RoleTargets, "targets/carol")
	}
	tests := []struct {
		name string
		do   func(r *notarytest.Repo)
		// text is part of the problem for which clients refuse the repository; empty
		// where they take it.
		text string
	}{
		{"a root certificate with CRLF", func(r *notarytest.Repo) {
			root(r, func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) })
		}, "is not in Notary's form"},
		{"a root certificate without a final newline", func(r *notarytest.Repo) { root(r, bytes.TrimSpace) }, "is not in Notary's form"},
		{"a root certificate with text before", func(r *notarytest.Repo) {
			root(r, func(text []byte) []byte { return append([]byte("Certificate:\n"), text...) })
		}, "is not in Notary's form"},
		{"a root certificate beside another block", func(r *notarytest.Repo) {
			root(r, func(text []byte) []byte {
				return append(bytes.Clone(text), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"...)
			})
		}, `it contains "PUBLIC KEY" besides its certificate`},
		{"a root certificate with its issuer", func(r *notarytest.Repo) {
			root(r, func(text []byte) []byte {
				return append(bytes.Clone(text), authority(t, "issuer", during.Add(time.Hour))...)
			})
		}, ""},
		{"a root certificate with an issuer that expired", func(r *notarytest.Repo) {
			root(r, func(text []byte) []byte {
				return append(bytes.Clone(text), authority(t, "issuer", during.Add(-time.Hour))...)
			})
		}, `drop an intermediate certificate and then compute another key ID: of "issuer", the certificate expired`},
		{"a timestamp without SHA-256", func(r *notarytest.Repo) {
			entry(r, model.RoleTimestamp, model.RoleSnapshot, func(m *model.MetaEntry) { m.Hashes.SHA256 = nil })
		}, "the timestamp does not list the SHA-256 of snapshot"},
		{"a timestamp with a short SHA-512", func(r *notarytest.Repo) {
			entry(r, model.RoleTimestamp, model.RoleSnapshot, func(m *model.MetaEntry) { m.Hashes.SHA512 = m.Hashes.SHA512[:60] })
		}, "the timestamp lists a SHA-512 of snapshot with 60 bytes"},
		{"a snapshot with a null SHA-512", func(r *notarytest.Repo) {
			entry(r, model.RoleSnapshot, "targets/bob", func(m *model.MetaEntry) {
				m.Hashes.SHA512, m.Hashes.Other = nil, map[string][]byte{"sha512": nil}
			})
		}, "the SHA-512 of targets/bob doesn't match the snapshot"},
		{"a hash of another name", func(r *notarytest.Repo) {
			entry(r, model.RoleSnapshot, "targets/bob", func(m *model.MetaEntry) { m.Hashes.Other = map[string][]byte{"md5": {1}} })
		}, ""},
		{"a delegation twice", func(r *notarytest.Repo) {
			f := r.Files[model.RoleTargets]
			f.Roles = append(f.Roles, f.Roles[0])
			r.Seal(model.RoleTargets)
		}, "targets lists targets/alice more than once"},
		{"a signer under a certificate of its own authority", func(r *notarytest.Repo) {
			k := notarytest.NewKey()
			public, err := notary.Certified(selfSigned(t, k, "carol", true, during.Add(time.Hour)))
			if err != nil {
				t.Fatal(err)
			}
			signer(r, notarytest.Key{PublicKey: public, Private: k.Private})
		}, ""},
		{"a signer under a certificate that expired", func(r *notarytest.Repo) {
			signer(r, notarytest.Certified(notarytest.NewKey(), "carol", during.Add(-2*time.Hour), during.Add(-time.Hour)))
		}, ""},
		{"a signer under a certificate that ends before it begins", func(r *notarytest.Repo) {
			signer(r, notarytest.Certified(notarytest.NewKey(), "carol", during.Add(time.Hour), during))
		}, "clients refuse the key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := healthy()
			tt.do(r)
			repo, _ := publish(r).load(dialect.Config{GUN: gun})
			refusal := notary.Refusal(repo)
			switch {
			case tt.text == "" && (refusal != nil || len(repo.AllProblems()) > 0):
				t.Errorf("found: %+v", repo.AllProblems())
			case tt.text != "" && (refusal == nil || !found(repo, tt.text)):
				t.Errorf("refused for %+v, not for %q", refusal, tt.text)
			}
		})
	}
}

func found(r *model.Repository, text string) bool {
	for _, p := range r.AllProblems() {
		if p.Severity == model.Failure && strings.Contains(p.Text, text) {
			return true
		}
	}
	return false
}

// Roots between the known one and the current one are checked like any new root.
func TestRootsBetween(t *testing.T) {
	tests := []struct {
		name  string
		until time.Time
		// unsigned leaves out the signature of the second root by its own key.
		unsigned bool
		text     string
	}{
		{"sound", during.Add(time.Hour), false, ""},
		{"its certificate expired", during.Add(-time.Minute), false, "the certificate expired"},
		{"not signed by its own key", during.Add(time.Hour), true, "root 2 has 0 valid signatures from its own usable keys"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := healthy()
			keys := [][]notarytest.Key{r.Keys[model.RoleRoot]}
			for _, until := range []time.Time{tt.until, during.Add(time.Hour)} {
				k := notarytest.Certified(notarytest.NewKey(), string(gun), during.Add(-time.Hour), until)
				keys = append(keys, []notarytest.Key{k})
			}
			for i := 1; i < 3; i++ {
				r.Keys[model.RoleRoot] = keys[i]
				r.NameKeys()
				r.Keys[model.RoleRoot] = append(keys[i], keys[i-1]...)
				if tt.unsigned && i == 1 {
					r.Keys[model.RoleRoot] = keys[0]
				}
				r.Seal(model.RoleRoot)
			}
			s := publish(r)
			repo, _ := s.load(dialect.Config{GUN: gun, Anchors: []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: "trust folder", Raw: s["1.root.json"]}}})
			if got := fmt.Sprint(repo.Anchor.Walked); tt.text == "" && got != "[1 2 3]" || tt.text != "" && !found(repo, tt.text) {
				t.Errorf("walked %s: %+v", got, repo.AllProblems())
			}
		})
	}
}

// A file that the server has, and does not give as clients ask for it, is one that
// they do without.
func TestAskedForInVain(t *testing.T) {
	r := healthy()
	s := publish(r)
	l := notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, fault := s.read(w)
			if w.Role == "targets/bob" && w.SHA256 != "" {
				raw, fault = nil, &model.Fault{Kind: model.FaultNotFound, Text: "not found"}
			}
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	if repo := l.Repository(); !found(repo, "clients ask for targets/bob by its hash, but the server doesn't have it there") || notary.Refusal(repo) == nil {
		t.Errorf("found: %+v", repo.AllProblems())
	}
}
