package managers

// channelRoutes are the pages of answers that come by phone and on paper.
var channelRoutes = []route{
	{"GET", "/desk", keysIn, (*Hall).deskForm},
	{"POST", "/desk", keysIn, (*Hall).deskFind},
	{"GET", "/desk/:enrolment", keysIn, (*Hall).deskCall},
	{"POST", "/desk/:enrolment", keysIn, (*Hall).deskAnswer},
	{"POST", "/desk/unknown/hold", keysIn, (*Hall).deskHold},

	{"GET", "/scans", keysIn, (*Hall).scans},
	{"POST", "/scans", keysIn, (*Hall).uploadScans},
	{"GET", "/scans/:id", keysIn, (*Hall).scan},
	{"GET", "/scans/:id/progress", keysIn, (*Hall).scanProgress},
	{"GET", "/scans/:id/original", keysIn, (*Hall).scanOriginal},
	{"GET", "/scanned/:id", keysIn, (*Hall).scannedPage},
	{"POST", "/holds/:id/key", keysIn, (*Hall).keyHold},

	{"GET", "/tasks", seesTasks, (*Hall).tasks},
	{"GET", "/tasks.csv", seesTasks, (*Hall).tasksFile},
	{"POST", "/tasks", confirmsTasks, (*Hall).confirmTasks},
	{"POST", "/tasks/practice", manages, (*Hall).namePractice},
	{"GET", "/targets", manages, (*Hall).targets},
	{"POST", "/targets", national, (*Hall).addRegister},
	{"POST", "/targets/:id/revoke", national, (*Hall).revokeRegister},

	{"GET", "/campaigns/:code/answering", anybody, (*Hall).answering},
	{"POST", "/campaigns/:code/answering", manages, (*Hall).setAnswering},
}
