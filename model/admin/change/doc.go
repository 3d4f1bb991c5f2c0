// Package change changes repositories: Service.Prepare says what changes would do,
// Service.Execute makes and verifies them, Service.Interrupted explains a run that was cut
// off, Service.Finish completes it, and Service.Retire removes keys that nothing needs.
package change
