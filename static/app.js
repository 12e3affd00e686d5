(()=>{
const $=(s,r=document)=>r.querySelector(s),$$=(s,r=document)=>[...r.querySelectorAll(s)];
const id=x=>document.getElementById(x);
let buf='',tm;const on=(t,f,o)=>document.addEventListener(t,f,o);
const items=m=>$$('[role^=menuitem]',m);
const opener=m=>$('[popovertarget="' + CSS.escape(m.id)+ '"]');
const placed=CSS.supports('position-area: block-end');
const place=(m,t)=>{const a=t.getBoundingClientRect(),b=m.getBoundingClientRect(),s=m.style;
s.left=Math.max(8,Math.min(m.dataset.align==='start'?a.left:a.right-b.width,innerWidth-b.width-8))+ 'px';
s.top=(a.bottom+4+b.height>innerHeight&&a.top>b.height?a.top - b.height - 4:a.bottom + 4)+ 'px';};
on('toggle',e=>{const m=e.target;if(!m.matches?.('.menu'))return;const t=opener(m),open=e.newState==='open';
t&&(t.ariaExpanded=open);buf='';if(!open)return;if(!placed&&t)place(m,t);($('[aria-current=true]',m)||items(m)[0])?.focus();},true);
on('keydown',e=>{
const m=e.target.closest?.('[role=menu]');
if(!m){const t=e.target.closest?.('[aria-haspopup=menu]');
if(t&&/^Arrow[DU]/.test(e.key)){e.preventDefault();const p=t.popoverTargetElement;p.showPopover({source:t});setTimeout(()=>items(p).at(e.key==='ArrowUp'?-1:0)?.focus());}
return;}
const l=items(m),i=l.indexOf(e.target);let n;
if(e.key==='ArrowDown')n=l[(i + 1)% l.length];else if(e.key==='ArrowUp')n=l.at(i - 1);
else if(e.key==='Home')n=l[0];else if(e.key==='End')n=l.at(-1);
else if(e.key==='Tab')return m.hidePopover();
else if(e.key.length===1&&e.key !==' '){clearTimeout(tm);buf +=e.key.toLowerCase();tm=setTimeout(()=>buf='',500);n=l.find(x=>x.textContent.trim().toLowerCase().startsWith(buf));}
if(n){e.preventDefault();n.focus();}});
let last;
const rows=w=>$$('[data-row]',w);
const count=w=>{const a=rows(w),n=a.filter(c=>c.checked).length,all=$('[data-all]',w),o=$('[data-count]',w);
if(all){all.checked=n>0&&n===a.length;all.indeterminate=n>0&&n<a.length;all.checked||$$('[name=all]',w).forEach(m=>m.checked=0);}if(o)o.textContent=o.dataset.t.replace('{n}',n);};
on('change',e=>{const c=e.target,w=c.closest('.tablewrap');if(!w||!c.matches('[data-all],[data-row]'))return;
if(c.matches('[data-all]'))rows(w).forEach(x=>x.checked=c.checked);count(w);});
on('click',e=>{
const t=e.target.closest('[data-close],[data-clear],[data-dismiss],[data-copy],[data-reveal],[data-row],[role=menuitem]');if(!t)return;
if(t.role==='menuitem'){if(t.ariaDisabled==='true')return e.preventDefault();t.closest('[popover]')?.hidePopover();}
if('close' in t.dataset){e.preventDefault();t.closest('dialog').close();}
if('dismiss' in t.dataset)t.closest('.toast').remove();
if('clear' in t.dataset){const w=t.closest('.tablewrap');rows(w).forEach(x=>x.checked=false);count(w);$('[data-all]',w)?.focus();}
if(t.dataset.copy)navigator.clipboard?.writeText(id(t.dataset.copy).textContent).then(()=>t.setAttribute('data-done',''));
if(t.dataset.reveal){const i=id(t.dataset.reveal),s=i.type==='password';i.type=s?'text':'password';t.ariaPressed=s;}
if('row' in t.dataset){const w=t.closest('.tablewrap'),a=rows(w);if(e.shiftKey&&last&&a.includes(last)){const [x,y]=[a.indexOf(last),a.indexOf(t)].sort((p,q)=>p - q);a.slice(x,y + 1).forEach(c=>c.checked=t.checked);count(w);}last=t;}});
on('click',e=>{const a=e.target.closest('a[data-in]'),d='#' + a?.dataset.in;if(!a||e.ctrlKey||e.metaKey||!window.htmx)return;e.preventDefault();
htmx.ajax('GET',a.href,{source:a,target:d,headers:{'HX-Target':d}});});
on('input',e=>{const i=e.target;
if(i.matches('.picker [type=search]:not([hx-get])')){const q=i.value.toLowerCase();$$('li',i.closest('.picker')).forEach(l=>l.hidden=!l.textContent.toLowerCase().includes(q));}
if(i.dataset.meter){const v=i.value,m=id(i.dataset.meter),n=new Set(v).size,k=!v?0:v.length<12||n<5?1:v.length<15||n<8?2:v.length<20?3:4;m.dataset.score=k;const o=id(m.getAttribute('aria-labelledby'));if(o?.dataset.words)o.textContent=o.dataset.words.split('|')[k];}
if(i.dataset.adds)id(i.dataset.adds).disabled=!i.checkValidity()||!i.value;});
on('change',e=>$('input.htmx-request',e.target.form||e.target)?.dispatchEvent(new Event('again')));
on('change',e=>{const f=$('footer',e.target.closest('.picker')||e.target);if(!f)return;const c=$$('li :checked',f.parentNode);f.hidden=!c[0];
f.replaceChildren(f.dataset.t.replace('{n}',c.length),...c.map(x=>Object.assign(document.createElement('span'),{className:'pill',textContent:x.nextSibling.data})));});
const zone=Intl.DateTimeFormat().resolvedOptions().timeZone;
$$('[data-zone]').forEach(i=>{if(zone&&(!i.options||[...i.options].some(o=>o.value===zone)))i.value=zone;});
const wake=r=>{if(r.matches?.('dialog:not([open])')&&r.firstElementChild){r.showModal();
if(document.activeElement.matches('.x'))($('[type=radio]:checked',r)||$('input:not([type=hidden]),select,textarea',r))?.focus();}
$$('.tabs [aria-current]',r).forEach(t=>{const n=t.parentNode;n.scrollLeft=t.offsetLeft -(n.clientWidth - t.offsetWidth)/ 2;});$$('.tablewrap',r).forEach(count);$$('[data-mixed]',r).forEach(c=>c.indeterminate=true);};
const toasts=()=>$$('.toast[data-ttl]').forEach(t=>{setTimeout(()=>t.matches(':hover,:focus-within')||t.remove(),+t.dataset.ttl);delete t.dataset.ttl;});
on('htmx:after:swap',e=>{let{target:t,sourceElement:s}=e.detail?.ctx||{};t=id(t?.id)||t;if(s?.closest?.('dialog')&&t?.nodeType)$$('dialog[open]').forEach(d=>d.contains(t)||t.id==='dialog'||d.close());wake(t?.nodeType?t:document);});wake(document);on('htmx:finally:request',toasts);toasts();
on('close',e=>{if(!e.target.open)e.target.replaceChildren();document.activeElement===document.body&&$('.list :is([data-all],a)')?.focus();},true);
const failed=e=>{const a=e.detail?.ctx?.response;if([401,409,422].includes(a?.status)||a?.headers.has('HX-Retarget'))return;
const f=$('#failed'),d=$$('dialog[open] > *').at(-1);if(!f)return;
(d?$('.failed',d)||d.appendChild(Object.assign(document.createElement('div'),{className:'failed'})):$('.toaster')).replaceChildren(f.content.cloneNode(true));};
on('htmx:response:error',failed);on('htmx:error',failed);
})();
