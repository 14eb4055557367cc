// Before anything is drawn: the colours somebody chose last time. Not a module, because modules run too late.

document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
