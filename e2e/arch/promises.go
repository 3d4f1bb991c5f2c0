package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"strings"
)

const (
	// promisesFile states what trustdeck promises, and which tests hold it.
	promisesFile = "SECURITY.md"
	// promisesHeading begins the section whose list items are promises. The next
	// heading of the same level ends it.
	promisesHeading = "## What it promises"

	rulePromises = "promises have tests"
)

// namedTest matches a test as documents name it: the folder of its package, a dot and
// the function. The folder may be left out where the name alone is clear.
var namedTest = regexp.MustCompile("`(?:([a-z0-9/]+)\\.)?((?:Test|Fuzz|Benchmark)[A-Z]\\w*)`")

// tests holds the test functions of the source, fuzz targets and benchmarks among
// them, as "folder.Name".
type tests map[string]bool

// readTests finds the test functions of both modules below root.
func readTests(root fs.FS) (tests, error) {
	found := tests{}
	for _, top := range []string{".", "e2e"} {
		files, err := readSource(root, top)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			for _, name := range f.testNames() {
				found[f.dir+"."+name] = true
			}
		}
	}
	return found, nil
}

// testNames lists the functions of a test file that the go command runs.
func (f *file) testNames() []string {
	if !f.test {
		return nil
	}
	var names []string
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Recv == nil && fn.Name.Name != "TestMain" && namedTest.MatchString("`"+fn.Name.Name+"`") {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// CheckPromises reads SECURITY.md below root and returns the promises that name no
// test, and the tests named there that do not exist, in their order in the file.
func CheckPromises(root fs.FS) ([]Violation, error) {
	text, err := fs.ReadFile(root, promisesFile)
	if err != nil {
		return nil, err
	}
	known, err := readTests(root)
	if err != nil {
		return nil, err
	}
	var found []Violation
	promises := readPromises(string(text))
	if len(promises) == 0 {
		found = append(found, Violation{Rule: rulePromises, File: promisesFile, Text: fmt.Sprintf("has no promise below %q", promisesHeading)})
	}
	for _, p := range promises {
		found = append(found, p.check(known)...)
	}
	return found, nil
}

// promise is a list item of SECURITY.md.
type promise struct {
	line int
	text string
}

// check returns what is wrong with the tests that the promise names.
func (p promise) check(known tests) []Violation {
	at := Violation{Rule: rulePromises, File: promisesFile, Line: p.line}
	named := namedTest.FindAllStringSubmatch(p.text, -1)
	if len(named) == 0 {
		at.Text = "the promise names no test"
		return []Violation{at}
	}
	var found []Violation
	for _, n := range named {
		if name := n[1] + "." + n[2]; !known[name] {
			at.Text = "there is no test " + strings.TrimPrefix(name, ".") + "; tests are named as folder.Test"
			found = append(found, at)
		}
	}
	return found
}

// readPromises returns the list items of the section of promises, each with the lines
// that belong to it.
func readPromises(text string) []promise {
	var list []promise
	inside, open := false, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			inside, open = line == promisesHeading, false
		case !inside:
		case strings.HasPrefix(line, "- "):
			list, open = append(list, promise{line: i + 1, text: line}), true
		case open && strings.HasPrefix(line, "  "):
			list[len(list)-1].text += "\n" + line
		default:
			open = false
		}
	}
	return list
}
