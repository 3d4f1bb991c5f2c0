package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"oras.land/oras-go/v2/registry/remote"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// schema1 begins the media types of the oldest manifests.
const schema1 = "application/vnd.docker.distribution.manifest.v1"

// A courier carries the requests of the oras library about one repository. The
// library's own client is not used: it refuses token servers on private hosts, and
// takes answers of any length. Each answer is read here as a whole, so the library
// knows its length and asks once.
type courier struct {
	client *transport.Client
	name   name
}

var _ remote.Client = (*courier)(nil)

// Do carries one request. Statuses other than 200 are faults.
func (c *courier) Do(req *http.Request) (*http.Response, error) {
	asked := transport.Request{
		Method: req.Method, URL: req.URL, Header: req.Header, Limit: maxManifest,
		Registry: c.name.registry, Scope: "repository:" + c.name.path + ":pull", Place: req.URL.Host + req.URL.Path,
	}
	got, err := c.client.Do(req.Context(), asked)
	if err != nil {
		return nil, err
	}
	if got.Status != http.StatusOK {
		return nil, statusFault(asked, got)
	}
	return &http.Response{
		StatusCode: got.Status, Header: got.Header, Request: req,
		Body: io.NopCloser(bytes.NewReader(got.Body)), ContentLength: int64(len(got.Body)),
	}, nil
}

// statusFault names an answer that is neither 200 nor 401.
func statusFault(asked transport.Request, got transport.Answer) *model.Fault {
	if got.Status != http.StatusNotFound {
		return transport.StatusFault(asked, got, "pull")
	}
	e := transport.ParseRefusal(got.Body)
	f := &model.Fault{
		Kind: model.FaultNotFound, Subject: asked.URL.Host + asked.URL.Path,
		Text: "the registry does not have it" + e.Said(), Hint: "check the spelling of the tag, or push the image",
	}
	if e.Code == "NAME_UNKNOWN" {
		f.Text, f.Hint = "the registry does not have the repository"+e.Said(), "check the spelling of the repository, or push the image"
	}
	return f
}

func badAnswer(subject, text string, err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultBadData, Subject: subject, Text: text, Err: err,
		Hint: "the server, or a proxy in front of it, doesn't behave like a registry",
	}
}

// digestOf is the digest by which registries know content.
func digestOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}
