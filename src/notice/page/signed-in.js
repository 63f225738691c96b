// Tells the pages that wait for it that somebody has signed in, and closes the window that was opened for that.
new BroadcastChannel('dashgate').postMessage(0);
close();
