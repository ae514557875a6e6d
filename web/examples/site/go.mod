module example.test/site

go 1.26.0

require github.com/e-onay/e-onay v0.0.0

require golang.org/x/crypto v0.58.0 // indirect

replace github.com/e-onay/e-onay => ../../..
