package directory

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/transport"
)

// Mirror asks a web server as clients of TUF do: for a file under one name, without trying
// another, and for targets.
type Mirror struct{ metadata, targets *Site }

// NewMirror reads metadata below one URL and targets below another, which may be the zero
// SiteConfig where none are read. It makes no request.
func NewMirror(metadata, targets SiteConfig) (*Mirror, error) {
	m := &Mirror{}
	var err error
	if m.metadata, err = NewSite(metadata); err == nil && targets.URL != "" {
		m.targets, err = NewSite(targets)
	}
	return m, err
}

// Close drops the connections that are kept alive.
func (m *Mirror) Close() {
	m.metadata.Close()
	if m.targets != nil {
		m.targets.Close()
	}
}

// Metadata returns the file with this version in its name, or the one without a version
// where it is 0. Errors are *model.Fault.
func (m *Mirror) Metadata(ctx context.Context, ref port.Ref) ([]byte, error) {
	file, err := m.metadata.get(ctx, ref, ref.Version)
	return file.Bytes, err
}

// Target returns the content of a target, whose name begins with a hash unless that is empty.
// Errors are *model.Fault.
func (m *Mirror) Target(ctx context.Context, path, hash string, limit int64) ([]byte, error) {
	if m.targets == nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "no address for targets is given"}
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "." || part == ".." {
			return nil, &model.Fault{Kind: model.FaultBadData, Subject: path, Text: "the target's path leaves the targets folder"}
		}
		parts[i] = encode(model.RoleName(part))
	}
	if last := len(parts) - 1; hash != "" {
		parts[last] = hash + "." + parts[last]
	}
	return m.targets.content(ctx, strings.Join(parts, "/"), limit)
}

// content reads the file at an encoded path below the address of a site.
func (s *Site) content(ctx context.Context, path string, limit int64) ([]byte, error) {
	target := *s.base
	target.RawPath = s.base.EscapedPath() + "/" + path
	target.Path, _ = url.PathUnescape(target.RawPath) // both parts are encoded here
	// A limit is always positive, and a target may be empty.
	request := transport.Request{Method: http.MethodGet, URL: &target, Limit: cmp.Or(limit, 1), Place: target.EscapedPath()}
	answer, err := s.http.Do(ctx, request)
	switch {
	case err != nil:
		return nil, s.fault(err, &target)
	case answer.Status != http.StatusOK:
		return nil, s.fault(transport.StatusFault(request, answer, "read"), &target)
	}
	return answer.Body, nil
}
