package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// chunk is how many bytes are gathered before they are written.
const chunk = 64 << 10

// Encode writes v as encoding/json does, indented and with a final newline, while it goes
// through it: an answer can be much larger than what it is made from. Characters that are
// not printable are written as escapes, beyond those that JSON demands, so that an answer
// is safe to look at.
func Encode(w io.Writer, v any) error {
	e := &encoder{w: w, out: make([]byte, 0, 2*chunk), forms: map[reflect.Type]form{}}
	e.value(reflect.ValueOf(v))
	e.out = append(e.out, '\n')
	e.flush()
	return e.err
}

// An encoder writes one value. It knows what answers are made of and leaves everything
// else to encoding/json.
type encoder struct {
	w     io.Writer
	out   []byte
	depth int
	forms map[reflect.Type]form
	// err is the first error; nothing is written after it.
	err error
}

// A form is how values of a type are written.
type form struct {
	kind reflect.Kind
	// members are those of a struct.
	members []member
}

// foreign is the kind of what encoding/json writes.
const foreign = reflect.Invalid

// A member is a field of a struct.
type member struct {
	// head is the name as it is written.
	head  string
	index []int
	omit  func(reflect.Value) bool
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func (e *encoder) form(t reflect.Type) form {
	if f, ok := e.forms[t]; ok {
		return f
	}
	f := form{kind: t.Kind()}
	switch {
	case t.Implements(marshaler), t.Implements(textMarshaler), f.kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		f.kind = foreign
	case f.kind == reflect.Struct:
		f.members = membersOf(t)
	}
	e.forms[t] = f
	return f
}

// membersOf lists the members of a struct, with those of embedded ones.
func membersOf(t reflect.Type) []member {
	var out []member
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" {
			continue
		}
		m := member{head: `"` + name + `": `, index: f.Index, omit: func(reflect.Value) bool { return false }}
		switch options {
		case "omitempty":
			m.omit = empty
		case "omitzero":
			m.omit = zero
		}
		out = append(out, m)
	}
	return out
}

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

func zero(v reflect.Value) bool {
	if z, ok := reflect.TypeAssert[interface{ IsZero() bool }](v); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

func (e *encoder) value(v reflect.Value) {
	if e.err != nil {
		return
	}
	switch f := e.form(v.Type()); f.kind {
	case reflect.String:
		e.text(v.String())
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.Int, reflect.Int64:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case reflect.Pointer:
		if v.IsNil() {
			e.out = append(e.out, "null"...)
			return
		}
		e.value(v.Elem())
	case reflect.Slice:
		e.list(v)
	case reflect.Struct:
		e.object(v, f.members)
	default:
		e.foreign(v.Interface())
	}
}

func (e *encoder) list(v reflect.Value) {
	if v.IsNil() {
		e.out = append(e.out, "null"...)
		return
	}
	e.out = append(e.out, '[')
	e.depth++
	for i := range v.Len() {
		e.next(i == 0)
		e.value(v.Index(i))
	}
	e.end(']', v.Len() > 0)
}

func (e *encoder) object(v reflect.Value, members []member) {
	e.out = append(e.out, '{')
	e.depth++
	first := true
	for _, m := range members {
		field := v.FieldByIndex(m.index)
		if m.omit(field) {
			continue
		}
		e.next(first)
		first = false
		e.out = append(e.out, m.head...)
		e.value(field)
	}
	e.end('}', !first)
}

// next begins an element.
func (e *encoder) next(first bool) {
	if !first {
		e.out = append(e.out, ',')
	}
	e.line()
}

// end closes a list or an object, on a line of its own where there is something in it.
func (e *encoder) end(bracket byte, filled bool) {
	e.depth--
	if filled {
		e.line()
	}
	e.out = append(e.out, bracket)
}

func (e *encoder) line() {
	if len(e.out) >= chunk {
		e.flush()
	}
	e.out = append(e.out, '\n')
	for range e.depth {
		e.out = append(e.out, ' ', ' ')
	}
}

func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.w.Write(e.out)
	}
	e.out = e.out[:0]
}

func (e *encoder) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			e.foreign(s)
			return
		}
	}
	e.out = append(append(append(e.out, '"'), s...), '"')
}

func (e *encoder) foreign(v any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent(strings.Repeat("  ", e.depth), "  ")
	if err := enc.Encode(v); err != nil {
		e.err = fmt.Errorf("encode answer: %w", err)
		return
	}
	e.out = append(e.out, EscapeJSON(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))...)
}
