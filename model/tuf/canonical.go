package tuf

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// appendCanonical writes the canonical form of a value: members in the order of their names,
// no white space, and no escapes but those of quotes and backslashes. Signatures are made over
// that of the signed part, as it came and not as it would be written again.
//
// It is the form that the library cjson writes, which takes ten times the memory; the tests
// compare the two.
func appendCanonical(out []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		out = append(out, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendCanonical(out, name), ':')
			out = appendCanonical(out, v[name])
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendCanonical(out, v[i])
		}
		return append(out, ']')
	case string:
		out = append(out, '"')
		for i := range len(v) {
			if v[i] == '"' || v[i] == '\\' {
				out = append(out, '\\')
			}
			out = append(out, v[i])
		}
		return append(out, '"')
	case json.Number:
		return append(out, v...)
	case bool:
		return strconv.AppendBool(out, v)
	default:
		return append(out, "null"...)
	}
}
