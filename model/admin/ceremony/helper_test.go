package ceremony_test

import "strings"

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// says reports whether an error says some words.
func says(err error, words string) bool { return err != nil && strings.Contains(err.Error(), words) }
