package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

const ruleLanguage = "plain English"

// language are the words and phrases that no text of trustdeck has, and what says it instead.
// They are whole words in any case; a space stands for any white space. After "is no" come a
// noun, never "longer", "one" or "more".
var language = []struct{ no, yes string }{
	{"shall", "do you want to, should or must"},
	{"whoever", "anyone who, or the person's role"},
	{"whosoever", "anyone who"},
	{"somebody", "someone, or the person's role"},
	{"anybody", "anyone"},
	{"everybody", "everyone"},
	{"nobody", "no one"},
	{"be gone", "leave, or be removed"},
	{"become of", "happen to"},
	{"becomes of", "happens to"},
	{"of then", "at that time"},
	{"in force", "in use"},
	{"at hand", "available, or on this machine"},
	{"vouch", "sign or confirm"},
	{"vouches", "signs or confirms"},
	{"its say", "its authority"},
	{"a say", "the right to sign"},
	{"the say", "the right to sign"},
	{"robbed of", "no longer has"},
	{"way out", "fix"},
	{"ways out", "fixes"},
	{"remedy", "fix"},
	{"remedies", "fixes"},
	{"please", "nothing: leave it out"},
	{"simply", "nothing: leave it out"},
	{"anew", "again"},
	{"meanwhile", "in the meantime"},
	{"from then on", "afterwards, or now"},
	{"from now on", "now"},
	{"are others", "change, or differ"},
	{"once more", "again"},
	{"wants to know", "requires"},
	{"does not open with", "wrong passphrase"},
	{"doesn't open with", "wrong passphrase"},
	{"said aloud", "shown as a notice"},
	{"removed half", "partly removed"},
	{"half way", "partly"},
	{"beside each other", "together"},
	{"by itself", "on its own, or automatically"},
	{"by themselves", "on their own, or automatically"},
	{"of no use", "unusable"},
	{"all the same", "anyway"},
	{"with no server", "without a server"},
	{"trust collection", "repository"},
	{"trust collections", "repositories"},
	{"tags that are released", "published tags"},
	{"released tags", "published tags"},
	{"genuine contents", "validly signed contents"},
	{"no key of", "not a key of"},
	{"it is no", "it is not a"},
	{"that is no", "that is not a"},
	{"which is no", "which is not a"},
	{"this is no", "this is not a"},
}

// spare are texts that may have such a word, and why: a path from the root, and a part of
// the text.
var spare = map[string]map[string]string{
	"keystore/trustdir/reason.go": {"changed meanwhile": "a code, which callers compare"},
}

var phrases = func() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(language))
	for i, l := range language {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(l.no), " ", `\s+`)
		if strings.HasSuffix(l.no, " is no") {
			pattern += `\s+([a-kp-z]\w*|n\w*|l[a-np-z]\w*|o[a-mo-z]\w*|m[a-np-z]\w*)`
		}
		out[i] = regexp.MustCompile(`(?i)\b` + pattern + `\b`)
	}
	return out
}()

// shout is an exclamation mark after a word.
var shout = regexp.MustCompile(`\pL!(\s|$)`)

// code is what a page shows of code: a fenced block, or a span.
var code = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]+`")

// CheckLanguage reads the texts below root and returns those with a word that has a plainer
// one: the string literals with a space of Go files that are neither tests nor serve only
// tests, the texts in assets, and the pages README.md, docs and SECURITY.md without their
// code. A literal without a space is a name or a code, and so are imports and tags of fields.
func CheckLanguage(root fs.FS) ([]Violation, error) {
	files, err := readSource(root, ".")
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, f := range files {
		if !f.test && !strings.HasSuffix(f.dir, "test") && !within(f.dir, "model/dialect/dialecttest") {
			found = append(found, checkLiterals(f)...)
		}
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isPage(name) {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err == nil {
			found = append(found, checkText(name, 1, withoutCode(string(text)))...)
		}
		return err
	})
	return found, err
}

// isPage reports whether a file has texts for people, by its path from the root.
func isPage(name string) bool {
	switch ext := path.Ext(name); {
	case within(name, "assets"):
		return ext == ".toml" || ext == ".txt"
	case path.Dir(name) == "docs", name == "README.md", name == "SECURITY.md":
		return ext == ".md"
	default:
		return false
	}
}

// withoutCode blanks code, and keeps the lines.
func withoutCode(page string) string {
	return code.ReplaceAllStringFunc(page, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
}

// checkLiterals looks into the string literals of a Go file.
func checkLiterals(f *file) []Violation {
	var found []Violation
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			n.Tag = nil
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && strings.Contains(text, " ") {
				line := f.fset.Position(n.Pos()).Line
				if n.Value[0] == '"' {
					text = strings.ReplaceAll(text, "\n", " ") // the literal is on one line
				}
				found = append(found, checkText(f.name, line, text)...)
			}
		}
		return true
	})
	return found
}

// checkText looks for words in a text that begins at a line of a file.
func checkText(file string, line int, text string) []Violation {
	var found []Violation
	report := func(at int, format string, args ...any) {
		found = append(found, Violation{
			Rule: ruleLanguage, File: file, Line: line + strings.Count(text[:at], "\n"), Text: fmt.Sprintf(format, args...),
		})
	}
	for i, phrase := range phrases {
		for _, at := range phrase.FindAllStringIndex(text, -1) {
			if !spared(file, text, at) {
				report(at[0], "says %q; say %s", text[at[0]:at[1]], language[i].yes)
			}
		}
	}
	for _, at := range shout.FindAllStringIndex(text, -1) {
		report(at[0], "has an exclamation mark")
	}
	return found
}

// spared reports whether a word stands within a text that may have it.
func spared(file, text string, at []int) bool {
	for part := range spare[file] {
		for from := 0; ; {
			i := strings.Index(text[from:], part)
			if i < 0 {
				break
			}
			if from+i <= at[0] && at[1] <= from+i+len(part) {
				return true
			}
			from += i + 1
		}
	}
	return false
}
