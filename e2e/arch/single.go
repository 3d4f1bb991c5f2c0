package arch

import (
	"go/ast"
	"slices"
)

// What the program does in one place only.
const (
	ruleDisk    = "one writer of files"
	ruleDisplay = "one sanitiser of text"
	ruleWiring  = "one place that wires"
	ruleTokens  = "one package for each kind of token"
)

// The packages that do so.
const (
	diskDir    = "internal/disk"
	displayDir = "model/display"
	wiringDir  = "cmd/trustdeck/internal/wiring"
	cardDir    = "keystore/yubikey"
	moduleDir  = "keystore/pkcs11"
)

// writing is what package os offers to make, change or rename a file. To open one for
// writing takes a flag, whichever function is called.
var writing = []string{
	"Create", "CreateTemp", "Link", "OpenFile", "Rename", "Symlink", "Truncate", "WriteFile",
	"O_APPEND", "O_CREATE", "O_EXCL", "O_RDWR", "O_TRUNC", "O_WRONLY",
}

// lasting are the methods of files and folders by which a change is made, or made last.
var lasting = []string{"Rename", "Sync", "WriteFile"}

// writers are the files that write without internal/disk, and why.
var writers = map[string]string{
	"cmd/trustdeck/logfile.go":  "adds lines to a log, and waits for no disk",
	"remote/sandbox/journal.go": "keeps its file open, and cuts off what it could not add",
	"tui/tuitest/golden.go":     "writes the golden files of tests",
}

// checkWiring checks that commands get their stores and servers from the wiring. The
// settings alone show a default of one.
func checkWiring(f *file) []Violation {
	if !within(f.dir, "cmd") || f.dir == wiringDir || f.name == "cmd/trustdeck/internal/settings/list.go" {
		return nil
	}
	var found []Violation
	for _, imp := range f.imports() {
		if dir, ok := own(imp.path); ok && (within(dir, "keystore") || within(dir, "remote")) {
			found = append(found, f.at(imp.pos, ruleWiring, "%s imports %s", f.dir, dir))
		}
	}
	return found
}

// classes are what the packages unicode and strconv offer to tell what can be shown.
var classes = map[string][]string{
	"unicode": {"C", "Cc", "Cf", "Co", "Cs", "Other", "Bidi_Control", "GraphicRanges", "PrintRanges", "In", "IsControl", "IsGraphic", "IsPrint", "Is"},
	"strconv": {"AppendQuoteToASCII", "AppendQuoteToGraphic", "IsGraphic", "IsPrint", "QuoteToASCII", "QuoteToGraphic"},
}

// judges are the files that look at such classes of characters without model/display, and why.
var judges = map[string]string{
	"cmd/trustdeck/internal/settings/edit.go": "writes values as TOML spells them",
	"tui/tuitest/golden.go":                   "looks for what a terminal would obey, in the pictures of tests",
}

// checkDisplay checks that model/display alone decides what can be shown. What goes by
// the numbers of characters cannot be found.
func checkDisplay(f *file) []Violation {
	if f.dir == displayDir || judges[f.name] != "" {
		return nil
	}
	return append(f.uses("unicode", classes["unicode"], ruleDisplay), f.uses("strconv", classes["strconv"], ruleDisplay)...)
}

// checkDisk checks that files are written, and folders locked, by internal/disk alone.
func checkDisk(f *file) []Violation {
	if f.dir == diskDir || writers[f.name] != "" {
		return nil
	}
	found := f.uses("os", writing, ruleDisk)
	for _, imp := range f.imports() {
		if imp.path == "github.com/gofrs/flock" {
			found = append(found, f.at(imp.pos, ruleDisk, "%s imports %s", f.dir, imp.path))
		}
	}
	packages := []string{f.localName("os"), f.localName(module + "/" + diskDir)}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains(lasting, selector.Sel.Name) {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); !ok || !slices.Contains(packages, x.Name) {
			found = append(found, f.at(selector.Pos(), ruleDisk, "calls %s of a file or folder", selector.Sel.Name))
		}
		return true
	})
	return found
}

// tokenModules are the modules that reach tokens, and need cgo, each with the package that may
// import it.
var tokenModules = map[string]string{
	"github.com/go-piv/piv-go":        cardDir,
	"github.com/ebfe/scard":           cardDir,
	"github.com/miekg/pkcs11":         moduleDir,
	"github.com/ThalesGroup/crypto11": moduleDir,
}

// checkTokens checks that one package alone reaches each kind of token, so that all others build
// without C.
func checkTokens(f *file) []Violation {
	var found []Violation
	for _, imp := range f.imports() {
		for token, dir := range tokenModules {
			if withinAny(imp.path, []string{token}) && f.dir != dir {
				found = append(found, f.at(imp.pos, ruleTokens, "%s imports %s", f.dir, imp.path))
			}
		}
	}
	return found
}
