package arch

import "testing"

// No text has a word that has a plainer one.
func TestLanguage(t *testing.T) { checkHere(t, CheckLanguage) }

func TestCheckLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		// want is what is wrong, and at which line; "" where nothing is.
		want string
		line int
	}{
		"a plain text":            {"model/a.go", "package model; const A = \"No one has signed it.\"", "", 0},
		"a word":                  {"model/a.go", "package model\n\nconst A = \"Nobody has signed it.\"", `says "Nobody"; say no one`, 3},
		"a part of a word":        {"model/a.go", "package model; const A = \"the marshalled form\"", "", 0},
		"a phrase":                {"model/a.go", "package model; const A = \"it has its say  \"", `says "its say"; say its authority`, 1},
		"a phrase over two lines": {"model/a.go", "package model\n\nconst A = `what\nis the way\nout of it`", "says \"way\\nout\"; say fix", 4},
		"a fragment":              {"model/a.go", "package model; const A = \" meanwhile\"", `says "meanwhile"; say in the meantime`, 1},
		"a name without a space":  {"model/a.go", "package model; const A = \"remedy\"", "", 0},
		"an import":               {"model/a.go", "package model; import \"a way out\"", "", 0},
		"a tag of a field":        {"model/a.go", "package model; type T struct { A int `json:\"remedy\" toml:\"remedy\"` }", "", 0},
		"a comment":               {"model/a.go", "package model // nobody shall", "", 0},
		"a test":                  {"model/a_test.go", "package model; const A = \"nobody shall\"", "", 0},
		"a package for tests":     {"model/modeltest/a.go", "package modeltest; const A = \"nobody shall\"", "", 0},
		"a negated noun":          {"model/a.go", "package model; const A = \"it is no key file\"", `says "it is no key"; say it is not a`, 1},
		"a negated noun with l":   {"model/a.go", "package model; const A = \"that is no link\"", `says "that is no link"; say that is not a`, 1},
		"a negated state":         {"model/a.go", "package model; const A = \"it is no longer there; which is no more\"", "", 0},
		"a shout":                 {"model/a.go", "package model; const A = \"All is well!\"", "has an exclamation mark", 1},
		"an operator":             {"model/a.go", "package model; const A = \"a != b\"", "", 0},
		"a text that is spared":   {"keystore/trustdir/reason.go", "package trustdir; const A = \"changed meanwhile\"", "", 0},
		"the same elsewhere":      {"keystore/trustdir/other.go", "package trustdir; const A = \"changed meanwhile\"", `says "meanwhile"; say in the meantime`, 1},
		"a page":                  {"docs/a.md", "# A\n\nIt simply works.\n", `says "simply"; say nothing: leave it out`, 3},
		"a span of code":          {"docs/a.md", "The member `way out` stays.\n", "", 0},
		"after a block of code":   {"docs/a.md", "```\nshall\nshall\n```\nIt shall.\n", `says "shall"; say do you want to, should or must`, 5},
		"a page of another kind":  {"docs/adr/a.md", "It shall.\n", "", 0},
		"the first page":          {"README.md", "Please read.\n", `says "Please"; say nothing: leave it out`, 1},
		"an embedded text":        {"assets/a.toml", "a = 1\nb = \"vouches\"\n", `says "vouches"; say signs or confirms`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := CheckLanguage(tree(map[string]string{c.file: c.text}))
			expect(t, found, err, c.want, c.line)
		})
	}
}
