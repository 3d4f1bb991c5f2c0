package differential

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// A change alters one file before it is signed, or its envelope afterwards.
type change struct {
	// file is a role, or N.root.
	file     string
	envelope bool
	do       func(n *node)
	// server alters what is served in the end; do is nil then.
	server func(s server)
}

// A server holds files by role and, for roots of the past, by N.root.
type server struct {
	files map[string][]byte
	// hidden are roles that it does not give by name, and those with "#" behind them
	// that it does not give by hash.
	hidden map[string]bool
	// swapped are roles for whose hash it gives another file.
	swapped map[string]bool
}

// get answers as Notary's server does: by role, by version, or by the SHA-256 of
// what it holds.
func (s server) get(name string) ([]byte, bool) {
	if raw, ok := s.files[name]; ok {
		return raw, !s.hidden[name]
	}
	i := strings.LastIndexByte(name, '.')
	if i < 0 || s.hidden[name[:i]+"#"] {
		return nil, false
	}
	role, sum := name[:i], name[i+1:]
	for have, raw := range s.files {
		if have == role || role == "root" && strings.HasSuffix(have, ".root") {
			if digest := sha256.Sum256(raw); hex.EncodeToString(digest[:]) == sum {
				if s.swapped[role] {
					raw = s.files["timestamp"]
				}
				return raw, true
			}
		}
	}
	return nil, false
}

// publish signs the world with its changes, each file by the keys that the file
// above it names by then.
func (w *world) publish(changes []change) server {
	s := server{files: map[string][]byte{}, hidden: map[string]bool{}, swapped: map[string]bool{}}
	finish := func(name string, signed *node, signers []signer) {
		apply(changes, name, false, signed)
		envelope := seal(signed, signers)
		apply(changes, name, true, envelope)
		s.files[name] = envelope.bytes()
	}
	var root *node
	for i, original := range w.roots {
		name := fmt.Sprintf("%d.root", i+1)
		signed := original.clone()
		apply(changes, name, false, signed)
		if i == len(w.roots)-1 {
			apply(changes, "root", false, signed)
		}
		signers := signersOf(signed.get("keys"), signed.get("roles", "root", "keyids"))
		if root != nil {
			signers = append(signers, signersOf(root.get("keys"), root.get("roles", "root", "keyids"))...)
		}
		envelope := seal(signed, signers)
		apply(changes, name, true, envelope)
		if i == len(w.roots)-1 {
			apply(changes, "root", true, envelope)
			s.files["root"] = envelope.bytes()
		}
		s.files[name] = envelope.bytes()
		root = signed
	}
	top := func(role model.RoleName) []signer {
		now := signersOf(root.get("keys"), root.get("roles", string(role), "keyids"))
		if len(now) == 0 {
			first := w.roots[len(w.roots)-1]
			now = signersOf(first.get("keys"), first.get("roles", string(role), "keyids"))
		}
		return now
	}
	signed := map[model.RoleName]*node{}
	for _, role := range w.roles {
		signed[role] = w.files[role].clone()
		finish(string(role), signed[role], w.signers(role, signed, top))
	}
	meta := object()
	for name, raw := range s.files {
		if !strings.HasSuffix(name, ".root") {
			meta.set(name, entry(name, raw))
		}
	}
	finish("snapshot", listing("Snapshot", meta), top(model.RoleSnapshot))
	finish("timestamp", listing("Timestamp", object(field("snapshot", entry("snapshot", s.files["snapshot"])))), top(model.RoleTimestamp))
	for _, c := range changes {
		if c.server != nil {
			c.server(s)
		}
	}
	return s
}

// signers are those that sign a role of targets: the ones its parent names, and
// where those are not known, the ones that it named before the changes.
func (w *world) signers(role model.RoleName, signed map[model.RoleName]*node, top func(model.RoleName) []signer) []signer {
	if role == model.RoleTargets {
		return top(role)
	}
	for _, parent := range []*node{signed[notary.Parent(role)], w.files[notary.Parent(role)]} {
		roles := parent.get("delegations", "roles")
		if roles == nil {
			continue
		}
		for _, spec := range roles.items {
			if textOf(spec.get("name")) != string(role) {
				continue
			}
			if out := signersOf(parent.get("delegations", "keys"), spec.get("keyids")); len(out) > 0 {
				return out
			}
		}
	}
	return nil
}

func apply(changes []change, file string, envelope bool, n *node) {
	for _, c := range changes {
		if c.file == file && c.envelope == envelope && c.do != nil {
			c.do(n)
		}
	}
}

func listing(kind string, meta *node) *node {
	return object(
		field("_type", str(kind)), field("expires", str(far().Format("2006-01-02T15:04:05Z"))),
		field("meta", meta), field("version", literal("7")),
	)
}

func entry(name string, raw []byte) *node {
	e := notary.Entry(model.RoleName(name), raw)
	return object(
		field("hashes", object(field("sha256", base64Node(e.Hashes.SHA256)), field("sha512", base64Node(e.Hashes.SHA512)))),
		field("length", literal(fmt.Sprint(e.Length))),
	)
}
