package arch

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// timeoutsFile says how long the tests of each package of e2e may take.
	timeoutsFile = "e2e/timeouts"

	ruleTimeouts = "packages of e2e have timeouts"
)

// CheckTimeouts reads e2e/timeouts below root and returns the lines that are no package
// with tests and its timeout, and the packages with tests that have no line.
func CheckTimeouts(root fs.FS) ([]Violation, error) {
	text, err := fs.ReadFile(root, timeoutsFile)
	if err != nil {
		return nil, err
	}
	without, err := testedPackages(root)
	if err != nil {
		return nil, err
	}
	var found []Violation
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if problem := checkTimeout(line, without); problem != "" {
			found = append(found, Violation{Rule: ruleTimeouts, File: timeoutsFile, Line: i + 1, Text: problem})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(without)) {
		found = append(found, Violation{Rule: ruleTimeouts, File: timeoutsFile, Text: fmt.Sprintf("has no timeout for e2e/%s", name)})
	}
	return found, nil
}

// checkTimeout returns what is wrong with a line, or "" and takes its package out of
// those that are without a timeout.
func checkTimeout(line string, without map[string]bool) string {
	fields := strings.Fields(line)
	if len(fields) != 2 {
		return fmt.Sprintf("%q is not PACKAGE TIMEOUT", line)
	}
	if limit, err := time.ParseDuration(fields[1]); err != nil || limit <= 0 {
		return fmt.Sprintf("%q is no timeout, such as 10m", fields[1])
	}
	if !without[fields[0]] {
		return fmt.Sprintf("e2e/%s has no tests, or a line already", fields[0])
	}
	delete(without, fields[0])
	return ""
}

// testedPackages are the packages of e2e that have test files, from the folder e2e.
func testedPackages(root fs.FS) (map[string]bool, error) {
	files, err := readSource(root, "e2e")
	if err != nil {
		return nil, err
	}
	packages := map[string]bool{}
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.dir, "e2e/"); ok && f.test {
			packages[name] = true
		}
	}
	return packages, nil
}
