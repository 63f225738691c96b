// Tells the pages that are open in other windows that somebody has signed out.
new BroadcastChannel('dashgate').postMessage(0);
