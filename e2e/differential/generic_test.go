package differential

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// oddValues stand where a field had another value.
var oddValues = []func() *node{
	func() *node { return literal("null") },
	func() *node { return literal("true") },
	func() *node { return literal("0") },
	func() *node { return literal("1") },
	func() *node { return literal("-1") },
	func() *node { return literal("-0") },
	func() *node { return literal("2") },
	func() *node { return literal("1.5") },
	func() *node { return literal("1.0") },
	func() *node { return literal("1e2") },
	func() *node { return literal("9007199254740993") },
	func() *node { return literal("9223372036854775807") },
	func() *node { return literal("9223372036854775808") },
	func() *node { return literal("1e30") },
	func() *node { return str("") },
	func() *node { return str("x") },
	func() *node { return str("AAAA") },
	func() *node { return str("targets") },
	func() *node { return array() },
	func() *node { return object() },
	func() *node { return array(literal("1"), literal("2")) },
	func() *node { return array(literal("null")) },
	func() *node { return array(str("x")) },
	func() *node { return object(field("x", literal("1"))) },
	func() *node { return object(field("b", literal("1")), field("a", str("<&>"))) },
}

// oddTexts change a string.
var oddTexts = []func(string) string{
	func(s string) string { return s[:len(s)/2] },
	func(s string) string { return s + "A" },
	func(s string) string { return s + "\n" },
	func(s string) string { return strings.ToUpper(s) },
	func(s string) string { return s + "é" },
	func(s string) string { return "<" + s + "&" },
	func(s string) string { return s + "\u2028" },
	func(s string) string { return s + `"\` },
	func(s string) string { return " " + s },
	func(s string) string { return s + "/x" },
	func(s string) string { return s + "==" },
	func(s string) string { return strings.TrimRight(s, "=") },
}

// oddSpellings write a string's text in another way.
var oddSpellings = []func(string) string{
	func(s string) string { return `"` + strings.ReplaceAll(strconv.Quote(s)[1:], "/", `\/`) },
	func(s string) string { return ` "` + s + `"` },
	func(s string) string { return "\"" + s + "\xff\"" },
	func(s string) string { return `"` + s + `\ud800"` },
	func(s string) string { return `"` + escapeFirst(s) + `"` },
	func(s string) string { return `"` + strings.ReplaceAll(s, "<", `\u003C`) + `"` },
	func(s string) string { return "\"" + s + "\t\"" },
}

func escapeFirst(s string) string {
	if s == "" {
		return s
	}
	const hex = "0123456789abcdef"
	return `\u00` + string([]byte{hex[s[0]>>4], hex[s[0]&15]}) + s[1:]
}

// containers are the objects and arrays of n that are not empty.
func containers(n *node) []*node {
	var out []*node
	for _, x := range n.all() {
		if len(x.members)+len(x.items) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// generic changes one place of n without any idea of what it means.
func generic(r *rand.Rand, n *node) string {
	c := containers(n)
	if len(c) == 0 {
		return "nothing"
	}
	at := c[r.IntN(len(c))]
	if at.kind == '[' {
		return changeItem(r, at)
	}
	i := r.IntN(len(at.members))
	m := &at.members[i]
	switch r.IntN(11) {
	case 0:
		at.members = append(at.members[:i:i], at.members[i+1:]...)
		return "member removed"
	case 1:
		at.members = append(at.members, member{m.key, m.value.clone(), m.raw})
		return "member twice"
	case 2:
		m.key = strings.ToUpper(m.key[:min(1, len(m.key))]) + m.key[min(1, len(m.key)):]
		return "key in another case"
	case 3:
		at.members = append(at.members, field(m.key+"x", m.value.clone()))
		return "unknown member"
	case 4:
		j := r.IntN(len(at.members))
		at.members[i], at.members[j] = at.members[j], at.members[i]
		return "members in another order"
	case 5:
		m.raw = oddSpellings[r.IntN(len(oddSpellings))](m.key)
		return "key spelled in another way"
	case 6:
		m.key = oddTexts[r.IntN(len(oddTexts))](m.key)
		return "another key"
	case 7:
		j := r.IntN(len(at.members))
		m.value = at.members[j].value.clone()
		return "value of another member"
	default:
		return changeValue(r, m.value)
	}
}

func changeItem(r *rand.Rand, at *node) string {
	i := r.IntN(len(at.items))
	switch r.IntN(5) {
	case 0:
		at.items = append(at.items[:i:i], at.items[i+1:]...)
		return "item removed"
	case 1:
		at.items = append(at.items, at.items[i].clone())
		return "item twice"
	case 2:
		j := r.IntN(len(at.items))
		at.items[i], at.items[j] = at.items[j], at.items[i]
		return "items in another order"
	default:
		return changeValue(r, at.items[i])
	}
}

func changeValue(r *rand.Rand, v *node) string {
	switch {
	case v.kind == '"' && r.IntN(2) == 0:
		v.text = oddTexts[r.IntN(len(oddTexts))](v.text)
		return "another text"
	case v.kind == '"' && r.IntN(3) == 0:
		*v = *literal(oddSpellings[r.IntN(len(oddSpellings))](v.text))
		return "text spelled in another way"
	case v.kind == 'x' && r.IntN(2) == 0:
		if n, err := strconv.ParseInt(v.text, 10, 64); err == nil {
			v.text = strconv.FormatInt(n+int64(r.IntN(5)-2), 10)
			return "another number"
		}
		v.text += " "
		return "white space"
	default:
		*v = *oddValues[r.IntN(len(oddValues))]()
		return "another value"
	}
}
