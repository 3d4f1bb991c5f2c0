package tuf

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// specVersion is the version of the specification that a new file states.
const specVersion = "1.0.31"

// A draftFile is one file that is being written.
type draftFile struct {
	role model.RoleName
	// tree is the signed part as plain values: objects, lists, texts, numbers as text.
	tree map[string]any
	// file is what the tree says; nil after an edit, until it is asked for.
	file *File
	// form is how the file is spelled.
	form       form
	payload    []byte
	signatures []dialect.Signature
	// given are the signatures that a file has which is countersigned, and givenBy the keys of
	// those that are valid; nil for any other.
	given   []any
	givenBy []model.KeyID
	// written is the file as it is published; nil until it is asked for, and after each signature.
	written []byte
}

// begun is the first version of a file.
func begun(role model.RoleName) *draftFile {
	tree := map[string]any{"_type": string(role), "spec_version": specVersion, "expires": time.Time{}.Format(expiresForm)}
	switch {
	case role == model.RoleRoot:
		tree["consistent_snapshot"], tree["keys"], tree["roles"] = true, map[string]any{}, map[string]any{}
		for _, name := range model.TopLevelRoles() {
			member(tree, "roles")[string(name)] = map[string]any{"keyids": []any{}, "threshold": number(1)}
		}
	case role.HoldsTargets():
		tree["_type"], tree["targets"] = string(model.RoleTargets), map[string]any{}
	default:
		tree["meta"] = map[string]any{}
		if role == model.RoleTimestamp {
			member(tree, "meta")["snapshot.json"] = map[string]any{"version": number(1)}
		}
	}
	return &draftFile{role: role, tree: tree, form: newForm}
}

// continued is a file that was published, which Parse has read.
func continued(role model.RoleName, raw []byte) *draftFile {
	e, err := version1.open(newDecoder(role, raw))
	tree, ok := e.signed.(map[string]any)
	if err != nil || !ok {
		return begun(role) // cannot be: it was read before
	}
	return &draftFile{role: role, tree: tree, form: formOf(raw)}
}

// said is what the file says so far.
func (f *draftFile) said() *File {
	if f.file == nil {
		p := &parser{file: &File{Metadata: model.Metadata{Role: f.role}}}
		p.at("signed", f.tree, p.signed)
		f.file = p.file
	}
	return f.file
}

func (f *draftFile) setVersion(n int64) { f.tree["version"], f.file = number(n), nil }

// member is the object that is a member of another one, made where there is none.
func member(of map[string]any, name string) map[string]any {
	o, ok := of[name].(map[string]any)
	if !ok {
		o = map[string]any{}
		of[name] = o
	}
	return o
}

// copied is an object with nothing shared.
func copied(o map[string]any) map[string]any {
	out := make(map[string]any, len(o))
	for name, v := range o {
		switch v := v.(type) {
		case map[string]any:
			out[name] = copied(v)
		case []any:
			out[name] = slices.Clone(v)
		default:
			out[name] = v
		}
	}
	return out
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}

// delegations is the part of a targets file that names other roles.
func (f *draftFile) delegations() map[string]any {
	o := member(f.tree, "delegations")
	member(o, "keys")
	if o["roles"] == nil && o["succinct_roles"] == nil {
		o["roles"] = []any{}
	}
	return o
}

// keyTable are the keys that the file lists, by ID. A targets file that delegates nothing has
// none.
func (f *draftFile) keyTable() map[string]any {
	switch {
	case f.role == model.RoleRoot:
		return member(f.tree, "keys")
	case f.tree["delegations"] == nil:
		return nil
	default:
		return member(f.delegations(), "keys")
	}
}

// delegation is the object of a delegation, made where there is none; that of all hash bins
// where the role is one.
func (f *draftFile) delegation(role model.RoleName) map[string]any {
	o := f.delegations()
	if bins := f.said().bins; bins != nil && bins.has(role) {
		return member(o, "succinct_roles")
	}
	roles, _ := o["roles"].([]any)
	for _, v := range roles {
		if spec, ok := v.(map[string]any); ok && spec["name"] == string(role) {
			return spec
		}
	}
	spec := map[string]any{"name": string(role)}
	o["roles"] = append(roles, spec)
	return spec
}

func (f *draftFile) undelegate(role model.RoleName) {
	o := f.delegations()
	if bins := f.said().bins; bins != nil && bins.has(role) {
		delete(o, "succinct_roles")
		o["roles"] = []any{}
		return
	}
	roles, _ := o["roles"].([]any)
	o["roles"] = slices.DeleteFunc(slices.Clone(roles), func(v any) bool {
		spec, ok := v.(map[string]any)
		return ok && spec["name"] == string(role)
	})
}

// forgetKeys takes out the keys that no role of the file has.
func (f *draftFile) forgetKeys() {
	used := map[any]bool{}
	f.eachQuorum(func(spec map[string]any) {
		ids, _ := spec["keyids"].([]any)
		for _, id := range ids {
			used[id] = true
		}
	})
	maps.DeleteFunc(f.keyTable(), func(id string, _ any) bool { return !used[id] })
}

// eachQuorum visits what the file says of each role that it delegates to: its keys and threshold.
func (f *draftFile) eachQuorum(visit func(spec map[string]any)) {
	some := func(v any) {
		if spec, ok := v.(map[string]any); ok {
			visit(spec)
		}
	}
	if f.role == model.RoleRoot {
		for _, v := range member(f.tree, "roles") {
			some(v)
		}
		return
	}
	o := f.delegations()
	some(o["succinct_roles"])
	roles, _ := o["roles"].([]any)
	for _, v := range roles {
		some(v)
	}
}

// targets are the targets of the file.
func (f *draftFile) targets() map[string]any { return member(f.tree, "targets") }

// find looks for a target among sorted ones.
func find(targets []model.Target, name string) (at int, found bool) {
	return slices.BinarySearchFunc(targets, name, func(t model.Target, name string) int { return cmp.Compare(t.Name, name) })
}

// addTarget lists a target. What is said of one with the same name and is not known here
// goes: it was about other content.
func (f *draftFile) addTarget(t model.Target) {
	o := map[string]any{"length": number(t.Length), "hashes": hashesOf(t.Hashes)}
	if t.Custom != nil {
		d := newDecoder(f.role, t.Custom)
		if v, err := d.value(); err == nil { // CheckTarget has read it before
			o["custom"] = v
		}
	}
	said := f.said()
	f.targets()[t.Name] = o
	if at, found := find(said.Targets, t.Name); found {
		said.Targets[at] = t
	} else {
		said.Targets = slices.Insert(said.Targets, at, t)
	}
}

func (f *draftFile) removeTarget(name string) {
	said := f.said()
	delete(f.targets(), name)
	if at, found := find(said.Targets, name); found {
		said.Targets = slices.Delete(said.Targets, at, at+1)
	}
}

func hashesOf(h model.Hashes) map[string]any {
	out := map[string]any{}
	for name, sum := range h.Other {
		out[name] = hex.EncodeToString(sum)
	}
	if h.SHA256 != nil {
		out["sha256"] = hex.EncodeToString(h.SHA256)
	}
	if h.SHA512 != nil {
		out["sha512"] = hex.EncodeToString(h.SHA512)
	}
	return out
}

func (f *draftFile) lists(role model.RoleName) bool {
	return member(f.tree, "meta")[string(role)+".json"] != nil
}

// list states a version of a file, with length and hashes where those are stated now: of this
// file, or, of one that is new, of any other.
func (f *draftFile) list(role model.RoleName, version int64, wire []byte) {
	meta := member(f.tree, "meta")
	name := string(role) + ".json"
	like, known := meta[name].(map[string]any)
	if !known {
		for _, other := range slices.Sorted(maps.Keys(meta)) {
			like, _ = meta[other].(map[string]any)
			break
		}
	}
	entry := map[string]any{"version": number(version)}
	if known && like["custom"] != nil {
		entry["custom"] = like["custom"]
	}
	if like["length"] != nil {
		entry["length"] = number(int64(len(wire)))
	}
	if stated, _ := like["hashes"].(map[string]any); len(stated) > 0 {
		short, long := sha256.Sum256(wire), sha512.Sum512(wire)
		sums := model.Hashes{}
		if stated["sha512"] != nil {
			sums.SHA512 = long[:]
		}
		if stated["sha256"] != nil || sums.SHA512 == nil {
			sums.SHA256 = short[:]
		}
		entry["hashes"] = hashesOf(sums)
	}
	meta[name], f.file = entry, nil
}

// seal fixes the content. That of a file that is countersigned is fixed.
func (f *draftFile) seal(expires time.Time) {
	if f.given != nil {
		return
	}
	f.said().Expires = expires
	f.tree["expires"], f.signatures, f.written = expires.Format(expiresForm), nil, nil
	f.payload = appendCanonical(nil, f.tree)
}

// wire is the file as it is published.
func (f *draftFile) wire() []byte {
	if f.written == nil {
		f.written = f.form.write(map[string]any{"signatures": f.completed(), "signed": f.tree})
	}
	return f.written
}

// spelled is a signature as files have it.
func spelled(sig dialect.Signature) map[string]any {
	return map[string]any{"keyid": string(sig.KeyID), "sig": hex.EncodeToString(sig.Sig)}
}

// A form is how programs spell JSON: what stands between its parts.
type form struct {
	// indent of one level; empty where all is on one line.
	indent string
	// colon is what separates a name from its value, end what stands after the last brace.
	colon, end string
}

// newForm is that of python-tuf and tuf-on-ci, which people can compare line by line.
var newForm = form{indent: " ", colon: ": "}

// formOf finds out how a file is spelled, to write the next version alike.
func formOf(raw []byte) form {
	out := form{colon: ":"}
	text := bytes.TrimLeft(raw, " \t\r\n")
	if bytes.HasSuffix(raw, []byte("\n")) {
		out.end = "\n"
	}
	if after, ok := bytes.CutPrefix(text, []byte("{\n")); ok {
		rest := bytes.TrimLeft(after, " \t")
		out.indent = string(after[:min(len(after)-len(rest), 8)])
	}
	if at := bytes.Index(text, []byte(`":`)); at >= 0 && at+2 < len(text) && text[at+2] == ' ' {
		out.colon = ": "
	}
	return out
}

func (f form) write(v any) []byte {
	return append(f.append(nil, v, "\n"), f.end...)
}

// append writes a value; line begins each line of it.
func (f form) append(out []byte, v any, line string) []byte {
	inner := line + f.indent
	if f.indent == "" {
		line, inner = "", ""
	}
	separate := func(i int) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, inner...)
	}
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return append(out, "{}"...)
		}
		out = append(out, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			separate(i)
			out = append(appendText(out, name), f.colon...)
			out = f.append(out, v[name], inner)
		}
		return append(append(out, line...), '}')
	case []any:
		if len(v) == 0 {
			return append(out, "[]"...)
		}
		out = append(out, '[')
		for i := range v {
			separate(i)
			out = f.append(out, v[i], inner)
		}
		return append(append(out, line...), ']')
	case string:
		return appendText(out, v)
	default:
		return appendCanonical(out, v)
	}
}

// appendText writes a text as JSON.
func appendText(out []byte, text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // texts can be encoded
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
