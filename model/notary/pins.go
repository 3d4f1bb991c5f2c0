package notary

import (
	"errors"
	"fmt"
	"strings"

	"trustdeck/model"
)

// ParsePinPattern checks that a pattern can be that of a certificate pin: the name of
// a repository, or the beginning of one with a final "*".
func ParsePinPattern(pattern string) error {
	prefix, wild := strings.CutSuffix(pattern, "*")
	if wild {
		return ParsePinPrefix(prefix)
	}
	_, err := model.ParseGUN(pattern)
	return err
}

// ParsePinPrefix checks that some repository's name can begin so.
func ParsePinPrefix(prefix string) error {
	if _, err := model.ParseGUN(prefix + "x"); err != nil {
		return fmt.Errorf("no repository's name begins with %q", prefix)
	}
	return nil
}

// CheckAuthorities checks the PEM file of a CA pin, in which nothing but certificates may
// stand.
func CheckAuthorities(content []byte) error {
	certs, err := bundle(content)
	if err == nil && len(certs) == 0 {
		return errors.New("it contains no PEM certificate")
	}
	return err
}
