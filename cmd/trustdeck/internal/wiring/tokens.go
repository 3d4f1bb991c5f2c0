package wiring

import (
	"fmt"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// pluggedTokens are the tokens that are plugged in; nil in a program that is built without a
// driver.
func pluggedTokens() port.Tokens { return nil }

// TokenRoots are those that prove keys to be on tokens: the ones that the driver of tokens
// brings along, and those in files that the user names.
func TokenRoots(files []string) (*attest.Roots, error) {
	out := &attest.Roots{} // this program is built without a driver
	for _, file := range files {
		fault := func(err error) error {
			return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(file), Text: disk.Reason(err), Hint: "give a file of certificates, in PEM or DER form, with --roots", Err: err}
		}
		content, err := disk.Read(file, attest.MaxFile)
		if err != nil {
			return nil, fault(err)
		}
		certificates, err := attest.Certificates(file, content)
		if err != nil {
			return nil, fault(err)
		}
		if out.Add(certificates...) == 0 {
			return nil, fault(fmt.Errorf("none of its %s is a root, which signs itself", model.Count(len(certificates), "certificate")))
		}
	}
	return out, nil
}
