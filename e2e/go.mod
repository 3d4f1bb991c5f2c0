module trustdeck/e2e

go 1.26.0

require (
	github.com/theupdateframework/notary v0.7.0
	trustdeck v0.0.0-00010101000000-000000000000
)

require (
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
	golang.org/x/sync v0.24.0 // indirect
	oras.land/oras-go/v2 v2.6.4 // indirect
)

replace trustdeck => ../
