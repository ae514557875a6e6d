package service

import (
	"io"
	"net/http"
)

// OpenAPI is the description that is served.
var OpenAPI = openAPI

// Calls are the paths of all calls with their methods.
func (s *Service) Calls() map[string]string {
	all := map[string]string{}
	for _, r := range s.routes() {
		all[r.path] = r.method
	}
	for path := range s.openRoutes() {
		all[path] = http.MethodGet
	}
	return all
}

// Panicking answers the calls of a path by a panic.
func (s *Service) Panicking(path string) http.Handler {
	return s.serve(route{http.MethodPost, path, func(*call) (any, error) { panic("a fault of the test") }})
}

// OnOneProcessor has one file judged at a time.
func (s *Service) OnOneProcessor() { s.gate = make(gate, 1) }

// Bodies are what calls take and give, by the names of their schemas.
var Bodies = map[string]any{
	"LoginRequestCall": loginRequest{}, "LoginAnswer": loginAnswer{}, "CertificateRequestCall": certificateRequest{}, "SignedFile": signedFile{},
	"ValidationRequest": validationRequest{}, "Validation": validationAnswer{}, "Evidence": evidence{}, "Answer": answer{}, "OtherSignature": otherSignature{},
	"ExtensionRequest": extensionRequest{}, "Extension": extensionAnswer{},
	"Problem": problem{}, "Status": status{},
}

// ParseSettings reads settings that stand in no file.
var ParseSettings = parseSettings

// WriteMetrics writes what the service has counted.
func (s *Service) WriteMetrics(w io.Writer) error { return s.meter.Write(w) }
