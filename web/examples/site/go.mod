module example.test/site

go 1.26.0

require github.com/e-onay/e-onay v0.0.0

require (
	github.com/go-jose/go-jose/v4 v4.1.6 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/e-onay/e-onay => ../../..
