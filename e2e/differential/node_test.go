package differential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A node is a JSON value that keeps what encoding/json hides: the order of members,
// members that appear twice, and how a value is spelled.
type node struct {
	// kind is '{', '[', '"', or 'x' for a value that is written as it is.
	kind    byte
	members []member
	items   []*node
	text    string
}

type member struct {
	key   string
	value *node
	// raw is how the key is spelled where that is not the usual way, in quotes.
	raw string
}

func object(members ...member) *node { return &node{kind: '{', members: members} }
func array(items ...*node) *node     { return &node{kind: '[', items: items} }
func str(text string) *node          { return &node{kind: '"', text: text} }
func literal(text string) *node      { return &node{kind: 'x', text: text} }
func field(key string, value *node) member {
	return member{key: key, value: value}
}
func base64Node(b []byte) *node { return str(base64.StdEncoding.EncodeToString(b)) }

// parseNode reads JSON that encoding/json accepts.
func parseNode(raw []byte) *node {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		panic(err)
	}
	return n
}

func readNode(d *json.Decoder) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		n := &node{kind: byte(v)}
		for d.More() {
			if v == '[' {
				item, err := readNode(d)
				if err != nil {
					return nil, err
				}
				n.items = append(n.items, item)
				continue
			}
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := readNode(d)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, field(fmt.Sprint(key), value))
		}
		_, err := d.Token()
		return n, err
	case string:
		return str(v), nil
	case json.Number:
		return literal(v.String()), nil
	case bool:
		return literal(fmt.Sprint(v)), nil
	default:
		return literal("null"), nil
	}
}

// write appends the value as Notary spells it, as far as it has no spelling of its
// own.
func (n *node) write(out *bytes.Buffer) {
	switch n.kind {
	case '{':
		out.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				out.WriteByte(',')
			}
			if m.raw != "" {
				out.WriteString(m.raw)
			} else {
				writeString(out, m.key)
			}
			out.WriteByte(':')
			m.value.write(out)
		}
		out.WriteByte('}')
	case '[':
		out.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				out.WriteByte(',')
			}
			item.write(out)
		}
		out.WriteByte(']')
	case '"':
		writeString(out, n.text)
	default:
		out.WriteString(n.text)
	}
}

var spelling = strings.NewReplacer(
	`\`, `\\`, `"`, `\"`, "<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "\u2028", `\u2028`, "\u2029", `\u2029`,
)

func writeString(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	out.WriteString(spelling.Replace(s))
	out.WriteByte('"')
}

func (n *node) bytes() []byte {
	var out bytes.Buffer
	n.write(&out)
	return out.Bytes()
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := &node{kind: n.kind, text: n.text}
	for _, m := range n.members {
		c.members = append(c.members, member{m.key, m.value.clone(), m.raw})
	}
	for _, item := range n.items {
		c.items = append(c.items, item.clone())
	}
	return c
}

// get follows keys down, and returns nil where there is nothing.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		if n == nil || n.kind != '{' {
			return nil
		}
		var found *node
		for _, m := range n.members {
			if m.key == key {
				found = m.value
				break
			}
		}
		n = found
	}
	return n
}

// set replaces a member's value or adds the member in the order of the keys.
func (n *node) set(key string, value *node) {
	for i, m := range n.members {
		if m.key == key {
			n.members[i].value = value
			return
		}
		if m.key > key {
			n.members = append(n.members[:i], append([]member{field(key, value)}, n.members[i:]...)...)
			return
		}
	}
	n.members = append(n.members, field(key, value))
}

// all lists the node and everything below it.
func (n *node) all() []*node {
	out := []*node{n}
	for _, m := range n.members {
		out = append(out, m.value.all()...)
	}
	for _, item := range n.items {
		out = append(out, item.all()...)
	}
	return out
}

// rename gives every string and key below n that reads from another text.
func (n *node) rename(from, to string) {
	for _, x := range n.all() {
		if x.kind == '"' && x.text == from {
			x.text = to
		}
		for i := range x.members {
			if x.members[i].key == from {
				x.members[i].key = to
			}
		}
	}
}

func TestNodesKeepTheirText(t *testing.T) {
	in := `{"b":[1,2.50,{"x":null}],"a":"\"\\ \u003c\u003e\u0026 é \u2028","c":{},"d":[true,false]}`
	if got := string(parseNode([]byte(in)).clone().bytes()); got != in {
		t.Errorf("got %s\nwant %s", got, in)
	}
}
