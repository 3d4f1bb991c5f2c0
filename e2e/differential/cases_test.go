package differential

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/theupdateframework/notary/tuf/data"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A case is one change by name, with what clients make of it.
type namedCase struct {
	name    string
	changes []change
	// known is the version of the root that a client knows already; 0 for none.
	known int
	// refused tells whether clients refuse the repository, and passed whether they go on
	// without a delegation.
	refused, passed bool
	// warned is the problem that trustdeck notes where clients accept the repository;
	// empty where there is none.
	warned model.ProblemCode
}

func in(file string, do func(n *node)) change { return change{file: file, do: do} }

// relist puts another form of a key in the place of one, under the ID that Notary
// computes for it.
func relist(n *node, old, kind string, public []byte) {
	id := data.NewPublicKey(kind, public).ID()
	keys := keysOf(n)
	for i := range keys.members {
		if keys.members[i].key == old {
			keys.members[i] = field(id, keyNode(kind, public))
		}
	}
	keys.order()
	n.rename(old, id)
}

// rootAs lists the root key of a root under a certificate of the table.
func rootAs(file, certificate string) change {
	return in(file, func(n *node) {
		old := n.get("roles", "root", "keyids").items[0].text
		for _, c := range certificates {
			if c.name == certificate {
				relist(n, old, "ecdsa-x509", c.text(privateOf(publicOf(n.get("keys", old)))))
				return
			}
		}
		panic(certificate)
	})
}

// bobAs lists bob's key as PEM text.
func bobAs(kind string, public []byte) change {
	return in("targets", func(n *node) {
		for _, spec := range n.get("delegations", "roles").items {
			if textOf(spec.get("name")) == "targets/bob" {
				relist(n, spec.get("keyids").items[0].text, kind, public)
				return
			}
		}
	})
}

func hashesOf(file, of string, do func(hashes *node)) change {
	return in(file, func(n *node) { do(n.get("meta", of, "hashes")) })
}

func cut(hashes *node, name string) {
	sum, _ := base64.StdEncoding.DecodeString(textOf(hashes.get(name)))
	hashes.set(name, base64Node(sum[:20]))
}

func listedCases() []namedCase {
	bob := ecdsaKey("bob", elliptic.P256())
	cases := []namedCase{
		{name: "nothing is changed"},
		{name: "a timestamp lists the snapshot by SHA-512 alone", refused: true, changes: []change{hashesOf("timestamp", "snapshot", func(h *node) {
			h.members = h.members[1:]
		})}},
		{name: "a timestamp lists the snapshot with a short SHA-256", refused: true, changes: []change{hashesOf("timestamp", "snapshot", func(h *node) { cut(h, "sha256") })}},
		{name: "a timestamp lists the snapshot with a short SHA-512", refused: true, changes: []change{hashesOf("timestamp", "snapshot", func(h *node) { cut(h, "sha512") })}},
		{name: "a snapshot lists the root with a null SHA-512", refused: true, changes: []change{hashesOf("snapshot", "root", func(h *node) { h.set("sha512", literal("null")) })}},
		{name: "a snapshot lists the root with a null SHA-256", refused: true, changes: []change{hashesOf("snapshot", "root", func(h *node) { h.set("sha256", literal("null")) })}},
		{name: "a snapshot lists a delegation with a null SHA-512", refused: true, changes: []change{hashesOf("snapshot", "targets/bob", func(h *node) { h.set("sha512", literal("null")) })}},
		{name: "a snapshot has no root", refused: true, changes: []change{in("snapshot", func(n *node) { n.get("meta").members = n.get("meta").members[1:] })}},
		{name: "a snapshot lists a delegation with an empty entry", changes: []change{in("snapshot", func(n *node) {
			n.get("meta").set("targets/bob", parseNode([]byte(`{"hashes":{},"length":0}`)))
		})}},
		{name: "an unknown hash is not base64", refused: true, changes: []change{hashesOf("snapshot", "targets", func(h *node) { h.set("md5", str("%%")) })}},
		{name: "an unknown hash is base64", changes: []change{hashesOf("snapshot", "targets", func(h *node) { h.set("md5", str("AAAA")) })}},
		{name: "an unknown hash of a tag is not base64", refused: true, changes: []change{in("targets/bob", func(n *node) {
			n.get("targets", "b1", "hashes").set("md5", str("no base64"))
		})}},
		{name: "a private part is not base64", refused: true, changes: []change{in("targets", func(n *node) {
			n.get("delegations", "keys").members[0].value.get("keyval").set("private", str("%%"))
		})}},
		{name: "a private part is base64", warned: model.ProblemNotEmission, changes: []change{in("targets", func(n *node) {
			n.get("delegations", "keys").members[0].value.get("keyval").set("private", str("AAAA"))
		})}},
		{name: "a delegation is listed twice", refused: true, changes: []change{in("targets", func(n *node) {
			roles := n.get("delegations", "roles")
			roles.items = append(roles.items, roles.items[1].clone())
		})}},
		{name: "a signer's certificate of a CA", changes: []change{bobAs("ecdsa-x509", altered(func(c *x509.Certificate) { c.IsCA = true })(bob))}},
		{name: "a signer's certificate that expired", changes: []change{bobAs("ecdsa-x509", altered(expired)(bob))}},
		{name: "a signer's certificate with SHA-1", refused: true, changes: []change{bobAs("rsa-x509", block(withSHA1(issue(rsaKey(), nil))))}},
		{name: "a signer's certificate behind a public key", passed: true, warned: model.ProblemKey, changes: []change{bobAs("ecdsa-x509", join(publicBlock(bob), leaf(bob)))}},
		{name: "an intermediate root that is not signed by its own key", refused: true, known: 1, changes: []change{{file: "2.root", envelope: true, do: func(n *node) {
			n.get("signatures").items = n.get("signatures").items[1:]
		}}}},
		{name: "an intermediate root whose certificate expired", refused: true, known: 1, changes: []change{rootAs("2.root", "expired")}},
		{name: "an intermediate root whose certificate is for another repository", refused: true, known: 1, changes: []change{rootAs("2.root", "for another repository")}},
		{name: "an intermediate root that expired", known: 1, changes: []change{in("2.root", func(n *node) { n.set("expires", str("2006-01-02T15:04:05Z")) })}},
		{name: "a file that is not given by its hash", refused: true, changes: []change{{server: func(s server) { s.hidden["targets/bob#"] = true }}}},
	}
	for name, refused := range map[string]bool{
		"with an expired intermediate": true, "behind an expired intermediate": true, "behind an intermediate": true, "with an intermediate": false,
		"PEM headers": true, "text before": true, "text behind": true, "an empty line behind": true, "CRLF": true, "no final newline": true, "one long line": true,
		"a public key behind": true, "a public key before": true, "of an authority": true, "for a prefix": false, "expired": true, "valid in a few hours": false,
	} {
		cases = append(cases, namedCase{name: "a root certificate: " + name, changes: []change{rootAs("root", name)}, refused: refused})
	}
	return cases
}

func TestListedCases(t *testing.T) {
	for _, c := range listedCases() {
		t.Run(c.name, func(t *testing.T) {
			s, known := c.serve()
			_, err := askNotary(s, known)
			ours := askTrustdeck(s, known)
			if (err != nil) != c.refused || (notary.Refusal(ours) != nil) != c.refused {
				t.Errorf("refused: %t; Notary's client says %v\n%s", c.refused, err, describe(ours))
			}
			for _, d := range differences(s, known) {
				t.Error(d)
			}
			for _, p := range ours.AllProblems() {
				if !c.refused && p.Severity == model.Warning && p.Code != model.ProblemForeignSignature && p.Code != c.warned {
					t.Errorf("warned: %s", p.Text)
				}
			}
		})
	}
}

func (c namedCase) serve() (s server, known []byte) {
	s = base().publish(c.changes)
	if c.known > 0 {
		known = untouched().files[fmt.Sprintf("%d.root", c.known)]
	}
	return s, known
}

// The same cases, and the programs that people run.
func TestListedCasesWithPrograms(t *testing.T) {
	peer.Need(t, "notary", "docker")
	for _, c := range listedCases() {
		if c.known > 0 {
			continue // that needs a root in the program's cache, and is the library's code
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := c.serve()
			at := peer.Serve(t, http.HandlerFunc(s.serve))
			notary := peer.Notary(t, at, t.TempDir()).Try("list", string(gun))
			if (notary.Code != 0) != c.refused {
				t.Errorf("refused: %t; notary exits %d\n%s%s", c.refused, notary.Code, notary.Stdout, notary.Stderr)
			}
			docker := peer.Docker(t, at, t.TempDir()).Try("trust", "inspect", string(gun))
			if (docker.Code != 0) != c.refused {
				t.Errorf("refused: %t; docker exits %d\n%s%s", c.refused, docker.Code, docker.Stdout, docker.Stderr)
			}
			ours := peer.Trustdeck(t).Try("inspect", string(gun), "--server", at.URL, "--tlscacert", at.PKI.CAFile())
			if broken := ours.Code == 4; broken != (c.refused || c.passed) {
				t.Errorf("refused: %t; trustdeck exits %d\n%s%s", c.refused, ours.Code, ours.Stdout, ours.Stderr)
			}
		})
	}
}

// serve is the HTTP API of a Notary server, as far as reading goes.
func (s server) serve(w http.ResponseWriter, req *http.Request) {
	name, ok := strings.CutPrefix(req.URL.Path, "/v2/"+string(gun)+"/_trust/tuf/")
	name, isFile := strings.CutSuffix(name, ".json")
	raw, have := s.get(name)
	switch {
	case req.URL.Path == "/v2/":
		_, _ = w.Write([]byte("{}"))
	case !ok || !isFile || !have:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"errors":[{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}]}`))
	default:
		_, _ = w.Write(raw)
	}
}
