package notary

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"trustdeck/model"
)

// Canonical returns the canonical form of the signed part of f: the payload to
// sign (notary-v1, 1.2 and 1.3). Members are written in byte order, which is
// what sorting them would give.
func (f *File) Canonical() []byte {
	w := &emitter{out: make([]byte, 0, f.sizeHint())}
	w.signed(f)
	return w.out
}

// Wire returns the bytes to upload: exactly what Notary itself would write for
// this content and these signatures. A server and Notary's clients hash their
// own re-serialisation, so anything else breaks the repository later.
func (f *File) Wire() []byte {
	return f.wire(f.Canonical())
}

func (f *File) wire(canonical []byte) []byte {
	return slices.Concat([]byte(wireHead), htmlEscaped(canonical), f.wireTail())
}

// wireHead is what stands before the signed part.
const wireHead = `{"signed":`

// wireTail is what stands behind the signed part: the signatures.
func (f *File) wireTail() []byte {
	w := &emitter{}
	w.raw(`,"signatures":[`)
	for i, sig := range f.Signatures {
		if i > 0 {
			w.raw(",")
		}
		w.raw(`{"keyid":`)
		w.text(string(sig.KeyID))
		w.raw(`,"method":`)
		w.text(sig.Method)
		w.raw(`,"sig":`)
		w.binary(sig.Sig)
		w.raw("}")
	}
	w.raw("]}")
	return htmlEscaped(w.out)
}

// sizeHint is near the number of bytes that f takes.
func (f *File) sizeHint() int {
	const perTarget, perKey, perRole = 200, 1024, 256
	return 512 + perTarget*(len(f.Targets)+len(f.Meta)) + perKey*len(f.Keys) + perRole*len(f.Roles)
}

// htmlEscaped spells JSON text as Go's encoder embeds it: < > & and the line
// separators become \u escapes. They only ever stand inside strings. Text that
// holds none of them is returned as it is.
func htmlEscaped(text []byte) []byte {
	special := func(text []byte) int {
		first := -1
		for _, c := range []byte{'<', '>', '&', "\u2028"[0]} {
			if i := bytes.IndexByte(text, c); i >= 0 {
				text, first = text[:i], i
			}
		}
		return first
	}
	i := special(text)
	if i < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/16)
	for ; i >= 0; i = special(text) {
		out = append(out, text[:i]...)
		text = text[i:]
		switch {
		case text[0] == '<':
			out = append(out, `\u003c`...)
		case text[0] == '>':
			out = append(out, `\u003e`...)
		case text[0] == '&':
			out = append(out, `\u0026`...)
		case bytes.HasPrefix(text, []byte("\u2028")), bytes.HasPrefix(text, []byte("\u2029")):
			out = append(out, `\u202`...)
			out = append(out, "89"[text[2]-"\u2028"[2]])
			text = text[2:]
		default: // another character that begins with the same byte
			out = append(out, text[0])
		}
		text = text[1:]
	}
	return append(out, text...)
}

// An emitter writes canonical JSON.
type emitter struct{ out []byte }

func (w *emitter) raw(s string)    { w.out = append(w.out, s...) }
func (w *emitter) text(s string)   { w.out = appendCanonicalString(w.out, s) }
func (w *emitter) integer(n int64) { w.out = strconv.AppendInt(w.out, n, 10) }

func (w *emitter) binary(b []byte) {
	if b == nil {
		w.raw("null")
		return
	}
	w.raw(`"`)
	w.out = base64.StdEncoding.AppendEncode(w.out, b)
	w.raw(`"`)
}

func (w *emitter) signed(f *File) {
	w.raw(`{"_type":`)
	w.text(typeOf(f.Role))
	switch {
	case f.Role == model.RoleRoot:
		w.raw(`,"consistent_snapshot":`)
		w.raw(strconv.FormatBool(f.ConsistentSnapshot))
		w.expires(f.Expires)
		w.raw(`,"keys":`)
		w.keys(f.Keys)
		w.rootRoles(f.Roles)
	case f.Role.HoldsTargets():
		w.raw(`,"delegations":{"keys":`)
		w.keys(f.Keys)
		w.delegations(f.Roles)
		w.raw("}")
		w.expires(f.Expires)
		w.targets(f.Targets)
	default:
		w.expires(f.Expires)
		w.meta(f.Meta)
	}
	w.raw(`,"version":`)
	w.integer(f.Version)
	w.raw("}")
}

// expires writes the time as Go's encoder does, in its own zone.
func (w *emitter) expires(t time.Time) {
	w.raw(`,"expires":"`)
	w.out = t.AppendFormat(w.out, time.RFC3339Nano)
	w.raw(`"`)
}

func (w *emitter) keys(keys []PublicKey) {
	w.raw("{")
	for i, k := range keys {
		if i > 0 {
			w.raw(",")
		}
		w.text(string(k.ID))
		w.raw(":")
		w.key(k)
	}
	w.raw("}")
}

func (w *emitter) key(k PublicKey) {
	w.raw(`{"keytype":`)
	w.text(string(k.Type))
	w.raw(`,"keyval":{"private":null,"public":`)
	w.binary(k.Public)
	w.raw("}}")
}

func (w *emitter) keyIDs(ids []model.KeyID) {
	if ids == nil {
		w.raw("null")
		return
	}
	w.raw("[")
	for i, id := range ids {
		if i > 0 {
			w.raw(",")
		}
		w.text(string(id))
	}
	w.raw("]")
}

func (w *emitter) rootRoles(roles []model.Delegation) {
	w.raw(`,"roles":{`)
	for i, r := range roles {
		if i > 0 {
			w.raw(",")
		}
		w.text(string(r.Name))
		w.raw(`:{"keyids":`)
		w.keyIDs(r.KeyIDs)
		w.raw(`,"threshold":`)
		w.integer(r.Threshold)
		w.raw("}")
	}
	w.raw("}")
}

func (w *emitter) delegations(roles []model.Delegation) {
	w.raw(`,"roles":`)
	if roles == nil {
		w.raw("null")
		return
	}
	w.raw("[")
	for i, r := range roles {
		if i > 0 {
			w.raw(",")
		}
		w.raw(`{"keyids":`)
		w.keyIDs(r.KeyIDs)
		w.raw(`,"name":`)
		w.text(string(r.Name))
		if len(r.Paths) > 0 {
			w.raw(`,"paths":[`)
			for j, path := range r.Paths {
				if j > 0 {
					w.raw(",")
				}
				w.text(path)
			}
			w.raw("]")
		}
		w.raw(`,"threshold":`)
		w.integer(r.Threshold)
		w.raw("}")
	}
	w.raw("]")
}

func (w *emitter) targets(targets []model.Target) {
	w.raw(`,"targets":{`)
	for i := range targets {
		if i > 0 {
			w.raw(",")
		}
		t := &targets[i]
		w.text(t.Name)
		w.fileMeta(t.Length, t.Hashes, t.Custom)
	}
	w.raw("}")
}

func (w *emitter) meta(entries []model.MetaEntry) {
	w.raw(`,"meta":{`)
	for i := range entries {
		if i > 0 {
			w.raw(",")
		}
		w.text(string(entries[i].Role))
		w.fileMeta(entries[i].Length, entries[i].Hashes, entries[i].Custom)
	}
	w.raw("}")
}

func (w *emitter) fileMeta(length int64, h model.Hashes, custom []byte) {
	w.raw(":{")
	if custom != nil {
		w.raw(`"custom":`)
		w.out = append(w.out, custom...)
		w.raw(",")
	}
	w.raw(`"hashes":{`)
	w.hashes(h)
	w.raw(`},"length":`)
	w.integer(length)
	w.raw("}")
}

func (w *emitter) hashes(h model.Hashes) {
	first := true
	put := func(name string, sum []byte) {
		if !first {
			w.raw(",")
		}
		first = false
		w.text(name)
		w.raw(":")
		w.binary(sum)
	}
	if h.Other == nil { // as good as always: nothing to sort
		if h.SHA256 != nil {
			put(nameSHA256, h.SHA256)
		}
		if h.SHA512 != nil {
			put(nameSHA512, h.SHA512)
		}
		return
	}
	all := maps.Clone(h.Other)
	if h.SHA256 != nil {
		all[nameSHA256] = h.SHA256
	}
	if h.SHA512 != nil {
		all[nameSHA512] = h.SHA512
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		put(name, all[name])
	}
}

// Deviation says in words where raw, which Parse has read as f, differs from
// what Notary would write for the same content; it is empty where it does not.
// Such a file verifies, and breaks the hashes at the next publish (notary-v1,
// 1.1).
func (f *File) Deviation(raw []byte) string {
	if len(f.remarks) > 0 {
		return f.remarks[0]
	}
	canonical := f.Canonical()
	tail := f.wireTail()
	if rest, ok := bytes.CutPrefix(raw, []byte(wireHead)); ok {
		if rest, ok = bytes.CutPrefix(rest, htmlEscaped(canonical)); ok && bytes.Equal(rest, tail) {
			return ""
		}
	}
	want := f.wire(canonical)
	i := 0
	for i < len(want) && i < len(raw) && want[i] == raw[i] {
		i++
	}
	return fmt.Sprintf("at byte %d it has %q where Notary writes %q", i, excerpt(raw, i), excerpt(want, i))
}

func excerpt(b []byte, at int) string {
	return string(slices.Clone(b[min(at, len(b)):min(at+16, len(b))]))
}
