package main

import "github.com/e-onay/e-onay/test/e2e"

// judgingRows are the benchmarks of internal/validation/formats. Where one has a floor, that is the benchmark of
// its name and "_floor".
var judgingRows = []struct {
	benchmark, unit string
	name, shown     string
	scale           float64
}{
	{"Judge/CAdES-B_with_status", "ns/op", "judge CAdES-B, its status at hand; floor: its public-key operations", "ms", 1e-6},
	{"Judge/PDF_of_51_signatures", "ns/op", "judge a PDF of 51 signatures and a document time stamp", "ms", 1e-6},
	{"Judge/1_GiB_detached", "MB/s", "judge a signature over 1 GiB beside it; floor: SHA-256", "MB/s", 1},
	{"Judge/1_GiB_detached", "B/op", "… and what that allocates", "KiB", 1.0 / 1024},
	{"Hostile/XML", "ms/MB", "judge hostile XML, worst of the suite (100 ms/MB)", "ms/MB", 1},
	{"Hostile/PDF", "ms/MB", "judge hostile PDF, worst of the suite (100 ms/MB)", "ms/MB", 1},
	{"Hostile/container", "ms/MB", "judge hostile containers, worst of the suite (100 ms/MB)", "ms/MB", 1},
	{"Hostile/JAdES", "ms/MB", "judge hostile JAdES, worst of the suite (100 ms/MB)", "ms/MB", 1},
	{"Hostile/CMS", "ms/MB", "judge hostile CMS, worst of the suite (100 ms/MB)", "ms/MB", 1},
}

// measureJudging has signatures of others judged.
func (b *bench) measureJudging(t e2e.T) {
	measured := benchmarks(t, "-bench", "Judge|Hostile", "./internal/validation/formats")
	for _, r := range judgingRows {
		of := measured[r.benchmark]
		value, ok := of[r.unit]
		if !ok {
			t.Fatalf("no %s of the benchmark %s", r.unit, r.benchmark)
		}
		row := b.Add(r.name, r.shown, []float64{value * r.scale})
		row.N = int(of[""])
		row.Against(measured[r.benchmark+"_floor"][r.unit] * r.scale)
	}
}

func judgingAlone(t e2e.T) {
	b := &bench{}
	b.measureJudging(t)
	finish(t, &b.Table, "bench-judging.json")
}
