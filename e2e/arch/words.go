package arch

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// What neutral ground may not do: behave otherwise in one dialect, or speak of its clients.
const (
	ruleNoDialect = "no dialect is told from another"
	ruleWords     = "words of a dialect"
)

// clients are the words that belong to dialects, and a role that only one has.
var clients = regexp.MustCompile(`(?i)docker|notary|targets/releases`)

// spoken are strings of neutral ground that hold such a word, and why. One that ends in "*"
// stands for all that begin so.
var spoken = map[string]map[string]string{
	"model/repository.go": {"notary-v1": "the name of the dialect, where it is declared"},
	"model/problem.go":    {"not-notary-bytes": "a code in JSON answers, which scripts know"},
	"model/report/sandbox.go": {
		`json:"dockerConfig"`: "a field of JSON answers: the settings of the program that is so called",
		`json:"notaryConfig"`: "a field of JSON answers: the settings of the program that is so called",
	},
	"tui/screen/settings.go": {
		"notary": "settings: the place that one comes from",
		"docker": "settings: the place that one comes from",
	},
	"tui/screen/settings/rows.go": {
		"notary's config.json":   "settings: the file that one comes from",
		"notary's config.json: ": "settings: the file that one comes from",
		"docker: ":               "settings: what docker itself does",
	},
	"tui/secrets/words.go": {
		"NOTARY_*":               "settings: variables that hold passphrases for other programs too",
		"DOCKER_CONTENT_TRUST_*": "settings: variables that hold passphrases for other programs too",
	},
}

// neutral reports whether a folder belongs to no dialect and does not serve tests.
func neutral(dir string) bool {
	if !within(dir, "model") && !within(dir, "tui") || within(dir, "model/dialect/dialecttest") || strings.HasSuffix(dir, "test") {
		return false
	}
	for dialect := range dialects {
		if within(dir, dialect) {
			return false
		}
	}
	return true
}

// checkWords checks that neutral ground neither compares the names of dialects nor speaks
// of their clients.
func checkWords(f *file) []Violation {
	if !neutral(f.dir) {
		return nil
	}
	found := f.uses(module+"/model", []string{"NotaryV1"}, ruleNoDialect)
	if f.dir == "model" && f.name != "model/repository.go" {
		found = append(found, f.named("NotaryV1")...)
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			compares := n.Op == token.EQL || n.Op == token.NEQ
			if compares && !isNil(n.X) && !isNil(n.Y) && (namesDialect(n.X) || namesDialect(n.Y)) {
				found = append(found, f.at(n.Pos(), ruleNoDialect, "compares the name of a dialect"))
			}
		case *ast.SwitchStmt:
			if namesDialect(n.Tag) {
				found = append(found, f.at(n.Pos(), ruleNoDialect, "compares the name of a dialect"))
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && clients.MatchString(text) && !allowed(f.name, text) {
				found = append(found, f.at(n.Pos(), ruleWords, "speaks of a client: %q", text))
			}
		}
		return true
	})
	return found
}

// allowed reports whether a string of a file is among those that are spoken.
func allowed(file, text string) bool {
	for s := range spoken[file] {
		if prefix, all := strings.CutSuffix(s, "*"); s == text || all && strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// named finds a name of the file's own package.
func (f *file) named(name string) []Violation {
	var found []Violation
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = append(found, f.at(id.Pos(), ruleNoDialect, "uses %s", name))
		}
		return true
	})
	return found
}

// namesDialect reports whether an expression is the name of a dialect, as far as can be
// seen without types: a field called Dialect, its name, or a conversion to that type.
func namesDialect(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return namesDialect(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name == "Dialect"
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return namesDialect(e.Fun) || namesDialect(e.Args[0]) // a conversion, to or from
		}
		method, ok := e.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "Name" {
			return false
		}
		of, ok := method.X.(*ast.Ident)
		return namesDialect(method.X) || ok && strings.EqualFold(of.Name, "dialect")
	default:
		return false
	}
}

func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}
