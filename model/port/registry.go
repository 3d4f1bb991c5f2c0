package port

import (
	"context"

	"trustdeck/model"
)

// Registry is where images are pulled from. Errors are *model.Fault.
type Registry interface {
	// Resolve reads the manifest that a tag, or a digest of the form
	// "sha256:…", stands for. One that is not there is FaultNotFound.
	Resolve(ctx context.Context, gun model.GUN, reference string) (model.Manifest, error)
}
