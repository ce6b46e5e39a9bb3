/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an HTML report shows when the mouse is over a map. The map has in attributes how its */
/* cells are numbered: data-cols, data-grain (pages of a cell), data-seg ("cell:pfn," where */
/* the pfns jump) and data-run ("kind*count," in order). */
"use strict";
(function(){
	var tip=document.createElement('div');
	tip.id='tip';
	document.body.appendChild(tip);
	/* On paper nothing can be opened. */
	addEventListener('beforeprint',function(){
		document.querySelectorAll('details').forEach(function(d){d.open=true})
	});
	var names=JSON.parse(document.getElementById('kinds').textContent);
	function pairs(s,by){
		return s.split(',').filter(Boolean).map(function(p){return p.split(by)})
	}
	document.querySelectorAll('svg.map').forEach(function(svg){
		var d=svg.dataset,cols=+d.cols,grain=+d.grain,kinds=[],n=0;
		pairs(d.run,'*').forEach(function(r){n+=+r[1];kinds.push([n,r[0]])});
		var seg=pairs(d.seg,':').map(function(p){return[+p[0],parseInt(p[1],16)]});
		svg.addEventListener('mousemove',function(e){
			var m=svg.getScreenCTM().inverse(),p=svg.createSVGPoint();
			p.x=e.clientX;
			p.y=e.clientY;
			p=p.matrixTransform(m);
			var x=Math.floor(p.x),y=Math.floor(p.y),i=y*cols+x;
			if(x<0||x>=cols||y<0||i>=n){
				tip.style.display='none';
				return
			}
			var k=kinds.find(function(r){return i<r[0]})[1],s=seg[0];
			seg.forEach(function(c){if(c[0]<=i)s=c});
			var pfn=s[1]+(i-s[0])*grain;
			tip.textContent='page 0x'+pfn.toString(16)
				+(grain>1?'-0x'+(pfn+grain-1).toString(16):'')
				+': '+(names[k]||'not walked');
			tip.style.display='block';
			tip.style.left=Math.min(e.clientX+12,innerWidth-260)+'px';
			tip.style.top=(e.clientY+14)+'px'
		});
		svg.addEventListener('mouseleave',function(){tip.style.display='none'})
	})
})();
