package main

import (
	"os"
	"runtime"
	"strings"
)

// takeSecrets takes the variables that hold passphrases or credentials out of the
// environment of the process, and returns what looks a variable up as if they were
// still there. What trustdeck starts, such as a credential helper, inherits the
// environment, and has no business with them.
func takeSecrets() (getenv func(string) string) {
	taken := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if !holdsSecret(sameName(name)) {
			continue
		}
		if err := os.Unsetenv(name); err == nil {
			taken[sameName(name)] = value
		}
	}
	return func(name string) string {
		if value, ok := taken[sameName(name)]; ok {
			return value
		}
		return os.Getenv(name)
	}
}

// holdsSecret knows the variables of Notary and Docker by their pattern: there are
// some that only older clients read.
func holdsSecret(name string) bool {
	if name == "NOTARY_AUTH" {
		return true
	}
	theirs := strings.HasPrefix(name, "NOTARY_") || strings.HasPrefix(name, "DOCKER_CONTENT_TRUST_")
	return theirs && strings.HasSuffix(name, "_PASSPHRASE")
}

// sameName is the name of a variable as it compares: Windows does not tell capitals
// from small letters.
func sameName(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}
