package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Violation is a place where the source breaks a rule.
type Violation struct {
	// Rule is the name of the rule.
	Rule string
	// File is a path from the root folder; a folder where Line is 0.
	File string
	Line int
	// Text says what is wrong there.
	Text string
}

// String is the violation as compilers print an error.
func (v Violation) String() string {
	if v.Line == 0 {
		return fmt.Sprintf("%s: %s (%s)", v.File, v.Text, v.Rule)
	}
	return fmt.Sprintf("%s:%d: %s (%s)", v.File, v.Line, v.Text, v.Rule)
}

// Names of the rules.
const (
	ruleFolders  = "folders"
	ruleNames    = "names"
	ruleArrows   = "arrows"
	ruleNeutral  = "neutral ground"
	ruleScreens  = "screens"
	ruleFlows    = "flows"
	ruleExternal = "modules in the model"
	rulePure     = "pure model"
	ruleClock    = "no clock in the model"
	rulePorts    = "ports stand below"
	ruleUseCases = "use cases stand beside one another"
	ruleTerminal = "no terminal in the model"
	ruleUI       = "no network in the user interface"
	ruleLists    = "lists are built once"
	ruleEmbedded = "embedded files"
	ruleKeys     = "practice keys"
)

// folders are those that the root may have, beside folders that begin with a
// dot. The last two are where make puts what it builds.
var folders = []string{"cmd", "tui", "model", "keystore", "remote", "assets", "internal", "docs", "e2e", "bin", "dist"}

// vagueNames say nothing about what a package is for.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "types", "misc"}

// arrows says what the packages in each top-level folder may import of this
// module, beside their own folder.
var arrows = map[string][]string{
	"cmd":      {"tui", "model", "keystore", "remote", "assets", "internal"},
	"tui":      {"model"},
	"model":    nil,
	"keystore": {"model", "internal"},
	"remote":   {"model", "internal"},
	"assets":   nil,
	"internal": nil,
}

// dialects are the folders of the metadata formats, each with the packages that may import
// it beside itself: all others are neutral ground, and ask package dialect. Packages that
// only serve tests end in "test".
var dialects = map[string][]string{
	"model/notary": {"keystore/trustdir", "remote/notaryserver", "remote/sandbox", "cmd"},
	"model/tuf":    {"remote/directory", "remote/sandbox", "cmd"},
}

// engine are the packages that walk through any flow, and particular is what none of
// them may know: what flows there are, and what one of them comes to.
var (
	engine     = []string{"tui/flow", "tui/screen/guide", "tui/plain"}
	particular = []string{"tui/flows", "model/plan"}
)

// port is where the core says what it needs of the world, and below is what that may name:
// who satisfies a port depends on no use case.
const port = "model/port"

var below = []string{"model", "model/memory"}

// useCases is what looks; each folder in it is a use case on top of that.
const useCases = "model/admin"

// modelModules are the modules that single packages of the model may import; all
// others make do with the standard library. None of them touches anything
// outside the program.
var modelModules = map[string][]string{
	"model/admin":         {"golang.org/x/sync"},
	"model/admin/archive": {"golang.org/x/sync"},
	"model/admin/change":  {"golang.org/x/sync"},
	"model/report":        {"github.com/distribution/reference"},
	"model/publickey":     {"github.com/go-jose/go-jose/v4"},
	"model/wordcode":      {"github.com/cosmos/go-bip39"},
	"model/qrcode":        {"github.com/boombuler/barcode"},
	// as docker itself sorts and measures
	"model/notary/docker": {"github.com/fvbommel/sortorder", "github.com/mattn/go-runewidth"},
	"model/tuf":           {"github.com/theupdateframework/go-tuf/v2", "github.com/secure-systems-lab/go-securesystemslib", "filippo.io/mldsa"},
	"model/tuf/tuftest":   {"github.com/secure-systems-lab/go-securesystemslib", "filippo.io/mldsa"},
}

// outside are the parts of the standard library that reach disk, network or
// other programs, each with what is below it.
var outside = []string{"database", "io/ioutil", "log", "net", "os", "path/filepath", "plugin", "syscall", "testing"}

// harmless are parts of those that only handle values.
var harmless = []string{"net/netip", "net/url"}

// clockNames are what package time offers of the machine's clock and zone.
var clockNames = []string{
	"After", "AfterFunc", "LoadLocation", "Local", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until",
}

// terminalNames are what package fmt offers of standard input and output.
var terminalNames = []string{"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"}

// Check reads the source below root and returns where it breaks a rule, sorted
// by place. The error says that the source could not be read.
func Check(root fs.FS) ([]Violation, error) {
	found, err := checkFolders(root)
	if err != nil {
		return nil, err
	}
	files, err := readSource(root, ".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		found = append(found, checkNames(f)...)
		if f.test {
			continue
		}
		found = append(found, checkArrows(f)...)
		found = append(found, checkModel(f)...)
		found = append(found, checkUI(f)...)
		found = append(found, checkDisk(f)...)
		found = append(found, checkDisplay(f)...)
		found = append(found, checkWiring(f)...)
		found = append(found, checkTokens(f)...)
		found = append(found, checkWords(f)...)
		if screen(f.dir) != "" {
			found = append(found, f.uses("trustdeck/tui/widget", []string{"Split", "Aside"}, ruleLists)...)
		}
		found = append(found, checkAssets(f)...)
	}
	slices.SortStableFunc(found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return found, nil
}

func checkFolders(root fs.FS) ([]Violation, error) {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(folders, e.Name()) {
			found = append(found, Violation{Rule: ruleFolders, File: e.Name(), Text: "is not one of the top-level folders"})
		}
	}
	return found, nil
}

func checkNames(f *file) []Violation {
	name := strings.TrimSuffix(f.ast.Name.Name, "_test")
	for _, n := range []string{name, path.Base(f.dir)} {
		if slices.Contains(vagueNames, n) {
			return []Violation{f.at(f.ast.Name.Pos(), ruleNames, "a package called %s says nothing about what it is for", n)}
		}
	}
	return nil
}

// checkArrows checks what the file imports of this module.
func checkArrows(f *file) []Violation {
	var found []Violation
	top, _, _ := strings.Cut(f.dir, "/")
	for _, imp := range f.imports() {
		dir, ok := own(imp.path)
		if !ok {
			continue
		}
		target, _, _ := strings.Cut(dir, "/")
		if target != top && !slices.Contains(arrows[top], target) {
			found = append(found, f.at(imp.pos, ruleArrows, "%s imports %s", f.dir, dir))
		}
		for dialect, users := range dialects {
			mayUse := func(user string) bool { return within(f.dir, user) }
			if within(dir, dialect) && !mayUse(dialect) && !slices.ContainsFunc(users, mayUse) && !strings.HasSuffix(f.dir, "test") {
				found = append(found, f.at(imp.pos, ruleNeutral, "%s imports %s", f.dir, dir))
			}
		}
		if withinAny(f.dir, engine) && withinAny(dir, particular) {
			found = append(found, f.at(imp.pos, ruleFlows, "%s imports %s, and is for any flow", f.dir, dir))
		}
		if f.dir == port && !slices.Contains(below, dir) {
			found = append(found, f.at(imp.pos, rulePorts, "%s imports %s", f.dir, dir))
		}
		if within(f.dir, useCases) && strings.HasPrefix(dir, useCases+"/") && !within(f.dir, dir) {
			found = append(found, f.at(imp.pos, ruleUseCases, "%s imports %s", f.dir, dir))
		}
		from, to := screen(f.dir), screen(dir)
		if from != "" && to != "" && from != to {
			found = append(found, f.at(imp.pos, ruleScreens, "the screen %s imports the screen %s", from, to))
		}
	}
	return found
}

// screen is the name of the screen that the folder belongs to, or "".
func screen(dir string) string {
	rest, ok := strings.CutPrefix(dir, "tui/screen/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// checkModel checks that a file of the model touches nothing outside it.
func checkModel(f *file) []Violation {
	if !within(f.dir, "model") {
		return nil
	}
	var found []Violation
	for _, imp := range f.imports() {
		_, isOwn := own(imp.path)
		switch {
		case isOwn:
		case standard(imp.path):
			if reachesOut(imp.path) {
				found = append(found, f.at(imp.pos, rulePure, "the model imports %s", imp.path))
			}
		case !withinAny(imp.path, modelModules[f.dir]):
			found = append(found, f.at(imp.pos, ruleExternal, "%s imports %s", f.dir, imp.path))
		}
	}
	found = append(found, f.uses("time", clockNames, ruleClock)...)
	return append(found, f.uses("fmt", terminalNames, ruleTerminal)...)
}

// checkUI checks that the user interface leaves the network to the ports.
func checkUI(f *file) []Violation {
	if !within(f.dir, "tui") {
		return nil
	}
	var found []Violation
	for _, imp := range f.imports() {
		if within(imp.path, "net") && !withinAny(imp.path, harmless) {
			found = append(found, f.at(imp.pos, ruleUI, "the user interface imports %s", imp.path))
		}
	}
	return found
}

// uses finds references to the given names of a package. A reference
// that is no call counts too: who passes time.Now on reads the clock later.
func (f *file) uses(pkg string, names []string, rule string) []Violation {
	local := f.localName(pkg)
	if local == "" {
		return nil
	}
	if local == "." {
		return []Violation{f.at(f.ast.Name.Pos(), rule, "imports the names of %s as its own", pkg)}
	}
	var found []Violation
	ast.Inspect(f.ast, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := selector.X.(*ast.Ident)
		if ok && x.Name == local && slices.Contains(names, selector.Sel.Name) {
			found = append(found, f.at(selector.Pos(), rule, "uses %s.%s", pkg, selector.Sel.Name))
		}
		return true
	})
	return found
}

func reachesOut(importPath string) bool {
	return withinAny(importPath, outside) && !withinAny(importPath, harmless)
}

func withinAny(importPath string, parents []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool { return within(importPath, parent) })
}
