document.querySelectorAll('form[data-passkey]').forEach(f=>{
const K=window.PublicKeyCredential,make=f.dataset.passkey==='create',field=f.elements.credential;
const say=name=>f.querySelectorAll('[data-say]').forEach(p=>p.hidden=p.dataset.say !==name);
if(!K?.parseCreationOptionsFromJSON){say('cannot');return;}
f.addEventListener('submit',async e=>{
if(field.value)return;
e.preventDefault();
say('');
try{
const o=JSON.parse(f.dataset.options);
const c=make?await navigator.credentials.create({publicKey:K.parseCreationOptionsFromJSON(o)})
:await navigator.credentials.get({publicKey:K.parseRequestOptionsFromJSON(o)});
field.value=JSON.stringify(c.toJSON());
f.submit();
}catch{say('failed');}
});
});
