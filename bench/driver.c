/* The load of the benchmarks, and the fake Bot API and Twilio REST endpoint, in one epoll loop.
 *
 * Plays N residents answering the survey of encuesta.yaml, each in strict order: the next message of a resident is sent only after
 * (a) the webhook got a 2xx and (b) the reply reached the fake API. Replies are known by the two characters that they begin with.
 * --crash: the server is going to be killed; what got no 2xx is sent again, and --twice PERCENT of what got one comes a second time,
 * up to 300 ms later and so out of turn.
 *
 * cc -O2 -o driver driver.c -lcrypto
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <openssl/hmac.h>
#include <openssl/evp.h>

enum { W_TG, W_TWILIO, W_BOTFW };
static const char *STEP_IN[]  = {"/start","1","2","1,3","muchos","34",
  "Falta agua potable en el barrio San José y el alumbrado del parque está dañado desde enero","15/03/2024","no","1"};
static const char *STEP_OUT[] = {"C1","P1","P2","P3","??","P4","P5","P6","P7","F0"};
#define NSTEP 10

static int wire=W_TG, port=8080, apiport=8090, conc=32, conns=0, api_delay=0, crash=0, noreply=0, quiet=0;
static double secs=5, warm=1, tmo=60; static long convs=0; static long base=500000000; static const char *path="/webhook";
static const char *secret="s3cr3t-token", *authtok="0123456789abcdef0123456789abcdef"; static const char *label="";
static int anyreply=0, twice=0; static int pids[32], npids=0; static char urlbuf[256];

static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec*1e-9;}
typedef struct { int fd, kind; char*r; int rl, rc; char*w; int wl, wc, wo; int slot; int connected; double due; int next;} conn; /* kind 0 webhook 1 api 2 listen */
typedef struct { long uid; int step; int acked, replied, sent, retry; double t0; double tack; long mid; double retry_at; int cn;} slot_t;
static conn *C; static int nC=0, capC=0; static int ep;
static slot_t *S; static int *uidslot; static long uidcap=0, nuid=0; /* uid-base -> slot, -1 done */
static int *freec, nfree=0; static int *fifo; static int fh=0, ft=0, fcap;
static long update_id=1000;
static uint32_t *la,*lr; static long na=0,nr=0,capl=0;
static long done_msgs=0, acks=0, lost=0, dups=0, wrong=0, non2xx=0, convdone=0, resends=0, unknown=0, connerr=0, skipped=0, started=0;
static int firstc=0; static double tprog,tfirst=-1; static double tbeg, tend0, tmeas=0, tend=0; static int measuring=0, stopping=0;
typedef struct { double due; int c; int len; char *buf; long uid; char tag[3]; } delayed; /* a resident sees a message when it is accepted */ static delayed *DQ; static long dqh=0,dqt=0,dqcap=1<<16;

static void die(const char*m){perror(m);exit(2);}
static int newconn(int fd,int kind){int i; for(i=0;i<nC;i++) if(C[i].fd<0&&C[i].kind==1&&kind==1) break;
  if(i==nC){ if(nC==capC){capC=capC?capC*2:4096; C=realloc(C,capC*sizeof(conn));} nC++; memset(&C[i],0,sizeof(conn)); }
  C[i].fd=fd; C[i].kind=kind; C[i].rl=0; C[i].wl=C[i].wo=0; C[i].slot=-1; C[i].connected=kind!=0; return i;}
static void epadd(int i,int ev,int op){struct epoll_event e={.events=ev,.data.u32=i}; if(epoll_ctl(ep,op,C[i].fd,&e)<0&&op!=EPOLL_CTL_DEL) die("epoll_ctl");}
static void need(char**b,int*cap,int n){ if(n>*cap){*cap=n*2+1024;*b=realloc(*b,*cap);} }
static void closec(int i);
static void flushw(int i){conn*c=&C[i]; while(c->wo<c->wl){int k=send(c->fd,c->w+c->wo,c->wl-c->wo,MSG_NOSIGNAL); if(k<0){ if(errno==EAGAIN){epadd(i,EPOLLIN|EPOLLOUT,EPOLL_CTL_MOD);return;} closec(i); return;} c->wo+=k;} if(c->wl){c->wl=c->wo=0;} }
static void put(int i,const char*b,int n){conn*c=&C[i]; need(&c->w,&c->wc,c->wl+n); memcpy(c->w+c->wl,b,n); c->wl+=n; flushw(i);}
static void dialc(int i){conn*c=&C[i]; int fd=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0); int one=1; setsockopt(fd,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);
  struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port)}; inet_pton(AF_INET,"127.0.0.1",&a.sin_addr);
  c->fd=fd; c->rl=c->wl=c->wo=0; c->connected=0; int r=connect(fd,(void*)&a,sizeof a);
  if(r<0&&errno!=EINPROGRESS){close(fd);c->fd=-1;c->due=now()+0.05;return;}
  struct epoll_event e={.events=EPOLLIN|EPOLLOUT,.data.u32=i}; epoll_ctl(ep,EPOLL_CTL_ADD,fd,&e);}
static int urlenc(char*o,const char*s){char*p=o;for(;*s;s++){unsigned char ch=*s; if((ch>='a'&&ch<='z')||(ch>='A'&&ch<='Z')||(ch>='0'&&ch<='9')||strchr("-_.~",ch))*p++=ch; else p+=sprintf(p,"%%%02X",ch);} *p=0; return p-o;}
static int build(slot_t*s,char*out){ char body[4096],hdr[512]; int n; const char*t=STEP_IN[s->step]; if(wire==W_TWILIO&&!s->step)t="encuesta"; hdr[0]=0; const char*ct="application/json";
  if(wire==W_TG){
    n=sprintf(body,"{\"update_id\":%ld,\"message\":{\"message_id\":%ld,\"from\":{\"id\":%ld,\"is_bot\":false,\"first_name\":\"Rosa\",\"last_name\":\"Guamán\",\"username\":\"rosa_g%ld\",\"language_code\":\"es\"},\"chat\":{\"id\":%ld,\"first_name\":\"Rosa\",\"last_name\":\"Guamán\",\"username\":\"rosa_g%ld\",\"type\":\"private\"},\"date\":%ld,\"text\":\"%s\"%s}}",
      s->mid,s->mid,s->uid,s->uid,s->uid,s->uid,(long)time(0),t,t[0]=='/'?",\"entities\":[{\"offset\":0,\"length\":6,\"type\":\"bot_command\"}]":"");
    sprintf(hdr,"X-Telegram-Bot-Api-Secret-Token: %s\r\n",secret);
  } else if(wire==W_TWILIO){ ct="application/x-www-form-urlencoded"; char ph[64],sid[64],eb[1024],raw[4096]; sprintf(ph,"whatsapp:+593%09ld",s->uid); sprintf(sid,"SM%032lx",s->mid); urlenc(eb,t);
    char eph[96]; urlenc(eph,ph);
    n=sprintf(body,"SmsMessageSid=%s&NumMedia=0&ProfileName=Rosa&SmsSid=%s&WaId=593%09ld&SmsStatus=received&Body=%s&To=whatsapp%%3A%%2B14155238886&NumSegments=1&MessageSid=%s&AccountSid=AC0123456789abcdef0123456789abcdef&From=%s&ApiVersion=2010-04-01",sid,sid,s->uid,eb,sid,eph);
    int m=sprintf(raw,"%sAccountSidAC0123456789abcdef0123456789abcdefApiVersion2010-04-01Body%sFrom%sMessageSid%sNumMedia0NumSegments1ProfileNameRosaSmsMessageSid%sSmsSid%sSmsStatusreceivedTowhatsapp:+14155238886WaId593%09ld",urlbuf,t,ph,sid,sid,sid,s->uid);
    unsigned char md[32]; unsigned ml; HMAC(EVP_sha1(),authtok,strlen(authtok),(unsigned char*)raw,m,md,&ml); char b64[64]; EVP_EncodeBlock((unsigned char*)b64,md,ml); sprintf(hdr,"X-Twilio-Signature: %s\r\nI-Twilio-Idempotency-Token: %s\r\n",b64,sid);
  } else n=sprintf(body,"{\"type\":\"message\",\"id\":\"%ld\",\"timestamp\":\"2026-01-01T12:00:00.000Z\",\"serviceUrl\":\"http://127.0.0.1:%d\",\"channelId\":\"emulator\",\"from\":{\"id\":\"%ld\",\"name\":\"Rosa\",\"role\":\"user\"},\"conversation\":{\"id\":\"%ld\"},\"recipient\":{\"id\":\"bot\",\"name\":\"Bot\",\"role\":\"bot\"},\"locale\":\"es-es\",\"text\":\"%s\"}",s->mid,apiport,s->uid,s->uid,t);
  int h=sprintf(out,"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %s\r\nUser-Agent: driver\r\nAccept: */*\r\n%sContent-Length: %d\r\n\r\n",path,port,ct,hdr,n); memcpy(out+h,body,n); return h+n; }
static void fpush(int si){fifo[ft]=si;ft=(ft+1)%fcap;}
static void pump(void){ char b[8192]; while(fh!=ft&&nfree>0){ int si=fifo[fh]; fh=(fh+1)%fcap; slot_t*s=&S[si]; int ci=freec[--nfree]; C[ci].slot=si; s->cn=ci; s->sent=1; int n=build(s,b); put(ci,b,n);} }
static void sendmsg_(int si,int fresh){slot_t*s=&S[si]; if(fresh){ s->mid=++update_id; s->t0=now(); s->acked=s->replied=0; s->retry=0; started++; if(crash){s->sent=0; s->cn=-1; s->t0=0; s->retry_at=now()+(rand()%40)/1000.0; return;}} if(!s->t0)s->t0=now(); s->retry_at=0; s->sent=0; s->cn=-1; fpush(si);}
static void startconv(int si){ if(stopping) {S[si].uid=0;return;} if(convs&&nuid>=convs){S[si].uid=0;return;} slot_t*s=&S[si]; if(nuid>=uidcap){uidcap=uidcap?uidcap*2:65536;uidslot=realloc(uidslot,uidcap*sizeof(int));} s->uid=base+nuid; uidslot[nuid++]=si; s->step=0; sendmsg_(si,1);}
static void endconv(int si){ uidslot[S[si].uid-base]=-1; startconv(si); }
static void rec(uint32_t*a,long*n,double dt){ if(!measuring)return; if(*n<capl)a[(*n)++]=(uint32_t)(dt*1e6);}
static void advance(int si){slot_t*s=&S[si]; if(!s->acked||!(s->replied||noreply))return; if(measuring)done_msgs++; if(++s->step==NSTEP){convdone++;endconv(si);} else if(!stopping) sendmsg_(si,1); else s->uid=0;}
static void reply(long uid,const char*tag){ long k=uid-base; if(k<0||k>=nuid){unknown++;return;} int si=uidslot[k]; if(si<0){dups++;return;} slot_t*s=&S[si];
  if(s->replied){ dups++; if(crash<2)return; return;} 
  if(crash&&s->step>0&&STEP_OUT[s->step][0]=='?'&&!memcmp(tag,STEP_OUT[s->step-1],2)){ dups++; return; } /* the question once more, no reply to what was not understood */
  if(crash&&s->step>0&&STEP_OUT[s->step-1][0]=='?'&&tag[0]!='P'){ dups++; return; } /* that reply once more */
  if(!anyreply&&STEP_OUT[s->step][0]!='?'&&memcmp(tag,STEP_OUT[s->step],2)){ if(s->step>0&&!memcmp(tag,STEP_OUT[s->step-1],2)&&(s->retry||crash)){dups++;return;} wrong++; if(!quiet&&wrong<6)fprintf(stderr,"wrong reply uid=%ld step=%d want=%s got=%.2s retry=%d\n",uid,s->step,STEP_OUT[s->step],tag,s->retry); 
     s->replied=1; rec(lr,&nr,now()-s->t0); if(s->acked) endconv(si); else s->step=NSTEP-1, s->replied=1; return; }
  s->replied=1; rec(lr,&nr,now()-s->t0); advance(si);}
typedef struct { double due; int len; char *buf; } ghost; static ghost *G; static int nG=0, capG=0; static long ghosts=0;
static void haunt(slot_t*s){ char b[8192]; int n=build(s,b); if(nG==capG){capG=capG?capG*2:256; G=realloc(G,capG*sizeof(ghost));} G[nG].due=now()+(rand()%300)/1000.0; G[nG].len=n; G[nG].buf=malloc(n); memcpy(G[nG].buf,b,n); nG++; ghosts++; }
static void ack(int ci,int status,const char*body,int bl){ int si=C[ci].slot; C[ci].slot=-1; freec[nfree++]=ci; if(si<0)return; slot_t*s=&S[si];
  if(status<200||status>299){non2xx++; if(!quiet&&non2xx<4)fprintf(stderr,"status %d: %.200s\n",status,body); if(crash){s->retry++;resends++;s->retry_at=now()+0.05;return;} endconv(si);return;}
  if(twice&&rand()%100<twice) haunt(s); s->acked=1; if(!acks)tfirst=now()-tprog; acks++; rec(la,&na,now()-s->t0);
  if(!noreply&&!s->replied&&bl>2){ /* TwiML or inline sendMessage */
    const char*p=memmem(body,bl,"<Message>",9); if(p){p+=9; if(!memcmp(p,"<Body>",6))p+=6; reply(s->uid,p);return;}
    p=memmem(body,bl,"\"text\":",7); if(p&&memmem(body,bl,"sendMessage",11)){p+=7;while(*p==' '||*p=='"')p++; reply(s->uid,p);return;}
    p=memmem(body,bl,"name=\"text\"",11); if(p){p+=11; while(*p=='\r'||*p=='\n')p++; reply(s->uid,p);return;} }
  advance(si);}
static void closec(int i){conn*c=&C[i]; if(c->fd>=0){epoll_ctl(ep,EPOLL_CTL_DEL,c->fd,0);close(c->fd);c->fd=-1;} 
  if(c->kind==0){ connerr++; int si=c->slot; c->slot=-1; for(int k=0;k<nfree;k++) if(freec[k]==i){freec[k]=freec[--nfree];break;}
    if(si>=0){slot_t*s=&S[si]; if(!s->acked){ s->retry++; resends++; s->retry_at=now()+0.1; } } c->due=now()+0.05; } }
static int hdrval(const char*h,int n,const char*k,char*out,int cap){int kl=strlen(k); for(const char*p=h;p<h+n-kl;p++) if((p==h||p[-1]=='\n')&&!strncasecmp(p,k,kl)){p+=kl;while(*p==' ')p++;int j=0;while(p<h+n&&*p!='\r'&&j<cap-1)out[j++]=*p++;out[j]=0;return 1;} return 0;}
/* returns total length of one message, or 0 if incomplete; body decoded in place if chunked */
static int httpmsg(char*b,int n,char**body,int*bl,int*hl,int isresp){ char*e=memmem(b,n,"\r\n\r\n",4); if(!e)return 0; *hl=e-b+4; char v[64]; 
  if(isresp){int st=atoi(b+9); if(st==204||st==304){*body=b+*hl;*bl=0;return *hl;}}
  if(hdrval(b,*hl,"content-length:",v,64)){int cl=atoi(v); if(n<*hl+cl)return 0; *body=b+*hl;*bl=cl;return *hl+cl;}
  if(hdrval(b,*hl,"transfer-encoding:",v,64)&&strcasestr(v,"chunked")){ char*p=b+*hl,*o=p; char*end=b+n; char*q=p; /* check complete */
    for(;;){char*l=memmem(q,end-q,"\r\n",2); if(!l)return 0; long k=strtol(q,0,16); if(end-(l+2)<k+2)return 0; q=l+2+k+2; if(k==0)break;}
    char*r=p; int tot=0; for(;;){char*l=memmem(r,end-r,"\r\n",2); long k=strtol(r,0,16); if(k==0)break; memmove(o+tot,l+2,k); tot+=k; r=l+2+k+2; }
    *body=o;*bl=tot; return q-b; }
  *body=b+*hl;*bl=0; return *hl; }
/* what Twilio's list tells: the last messages that were accepted, so that a message in flight at a kill can be looked for */
typedef struct { long uid, sid; char body[3000]; } taken; static taken *T; static long nT=0; enum { KEPT=8192 };
static void take(long uid,const char*b){ if(!T)T=calloc(KEPT,sizeof(taken)); taken*t=&T[nT++%KEPT]; t->uid=uid; t->sid=base*1000+nT; int n=0; while(b[n]&&b[n]!='&'&&n<2999){t->body[n]=b[n];n++;} t->body[n]=0; }
static int listed(char*o,long uid){ char*p=o; p+=sprintf(p,"{\"messages\":["); int first=1; char when[64]; time_t t0=time(0); struct tm g; gmtime_r(&t0,&g); strftime(when,64,"%a, %d %b %Y %H:%M:%S +0000",&g);
  for(long i=nT-1;T&&i>=0&&i>nT-KEPT;i--){ taken*t=&T[i%KEPT]; if(t->uid!=uid)continue; if(p-o>60000)break; p+=sprintf(p,"%s{\"sid\":\"SM%032lx\",\"status\":\"sent\",\"direction\":\"outbound-api\",\"to\":\"whatsapp:+593%09ld\",\"from\":\"whatsapp:+14155238886\",\"num_segments\":\"1\",\"date_created\":\"%s\",\"body\":\"",first?"":",",t->sid,uid,when); first=0;
    for(const char*c=t->body;*c;c++){ unsigned char ch=*c; if(ch=='+')ch=' '; else if(ch=='%'&&c[1]&&c[2]){ char h[3]={c[1],c[2],0}; ch=strtol(h,0,16); c+=2; } if(ch=='"'||ch=='\\'){*p++='\\';*p++=ch;} else if(ch=='\n'){*p++='\\';*p++='n';} else if(ch>=32)*p++=ch; } p+=sprintf(p,"\"}"); }
  p+=sprintf(p,"],\"page\":0,\"page_size\":50,\"next_page_uri\":null,\"first_page_uri\":null,\"uri\":\"/\"}"); return p-o; }
static void apireq(int ci,char*b,int hl,char*body,int bl){ static char resp[80000],out[80500]; int rn; const char*status="200 OK"; char line[256]; int k=0; while(k<255&&b[k]!='\r'){line[k]=b[k];k++;} line[k]=0; char save=body[bl]; body[bl]=0; long uid=-1; const char*tag="??";
  if(strstr(line,"/sendMessage")){ char*p=strstr(body,"chat_id"); if(!p)p=strstr(line,"chat_id"); if(p){p+=7; while(*p&&(*p<'0'||*p>'9'))p++; uid=atol(p);} 
    p=body; while((p=strstr(p,"text"))){ if(p>body&&p[-1]!='&'&&p[-1]!='"'&&p[-1]!='{'){p+=4;continue;} p+=4; while(*p=='='||*p=='"'||*p==':'||*p==' '||*p=='\r'||*p=='\n')p++; tag=p; break;} 
    rn=sprintf(resp,"{\"ok\":true,\"result\":{\"message_id\":%ld,\"from\":{\"id\":4242,\"is_bot\":true,\"first_name\":\"Minga\",\"username\":\"minga_bot\"},\"chat\":{\"id\":%ld,\"first_name\":\"Rosa\",\"type\":\"private\"},\"date\":1760000000,\"text\":\"ok\"}}",update_id,uid);
  } else if(strstr(line,"/getMe")) rn=sprintf(resp,"{\"ok\":true,\"result\":{\"id\":4242,\"is_bot\":true,\"first_name\":\"Minga\",\"username\":\"minga_bot\",\"can_join_groups\":true,\"can_read_all_group_messages\":false,\"supports_inline_queries\":false}}");
  else if(strstr(line,"/v3/conversations/")){ char*p=strstr(line,"/v3/conversations/")+18; if(strstr(body,"\"type\":\"message\"")){uid=atol(p); p=strstr(body,"\"text\":\""); if(p)tag=p+8;} rn=sprintf(resp,"{\"id\":\"%ld\"}",update_id); }
  else if(!strncmp(line,"GET",3)&&strstr(line,"/Messages.json")){ char*p=strstr(line,"593"); rn=listed(resp,p?atol(p+3):-1); }
  else if(strstr(line,"/Messages.json")){ char*p=strstr(body,"To="); if(p){p=strstr(p,"593"); if(p)uid=atol(p+3);} p=strstr(body,"Body="); if(p)tag=p+5; if(uid>=0)take(uid,tag); status="201 Created"; rn=sprintf(resp,"{\"sid\":\"SM%032lx\",\"status\":\"queued\",\"error_code\":null}",T?T[(nT-1)%KEPT].sid:0L);}
  else rn=sprintf(resp,"{\"ok\":true,\"result\":true}");
  char t2[3]={tag[0],tag[1],0}; body[bl]=save; int n=sprintf(out,"HTTP/1.1 %s\r\nServer: fake\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%s",status,rn,resp);
  if(api_delay&&uid>=0){ delayed*d=&DQ[dqt++%dqcap]; d->due=now()+api_delay*1e-3; d->c=ci; d->len=n; d->buf=malloc(n); memcpy(d->buf,out,n); d->uid=uid; memcpy(d->tag,t2,3);} else { put(ci,out,n); if(uid>=0) reply(uid,t2); } }
static void onread(int i){ for(;;){ conn*c=&C[i]; need(&c->r,&c->rc,c->rl+16384); int k=recv(c->fd,c->r+c->rl,16000,0); if(k<0){ if(errno==EAGAIN)return; closec(i);return;} if(k==0){closec(i);return;} c->rl+=k;
    for(;;){ c=&C[i]; char*body;int bl,hl; int n=c->rl?httpmsg(c->r,c->rl,&body,&bl,&hl,c->kind==0):0; if(!n)break; int cl=0; char v[64]; if(c->kind==0&&hdrval(c->r,hl,"connection:",v,64)&&!strcasecmp(v,"close"))cl=1;
      if(c->kind==0){int st=atoi(c->r+9); char sv=c->r[n]; c->r[n]=0; ack(i,st,body,bl); C[i].r[n]=sv; } else { apireq(i,c->r,hl,body,bl);} c=&C[i]; if(c->fd<0)return; memmove(c->r,c->r+n,c->rl-n); c->rl-=n; if(cl){ if(c->slot<0){connerr--;closec(i);} return;} }
    if(k<16000){pump();return;} } }
static double pcpu(int pid){char f[64],b[1024];sprintf(f,"/proc/%d/stat",pid);FILE*h=fopen(f,"r");if(!h)return 0;int n=fread(b,1,1023,h);fclose(h);b[n>0?n:0]=0;char*p=strrchr(b,')');if(!p)return 0;unsigned long u,s;if(sscanf(p+2,"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",&u,&s)!=2)return 0;return (u+s)/(double)sysconf(_SC_CLK_TCK);}
static long prss(int pid){char f[64],b[256];sprintf(f,"/proc/%d/status",pid);FILE*h=fopen(f,"r");long r=0;if(!h)return 0;while(fgets(b,256,h))if(!strncmp(b,"VmRSS:",6))r=atol(b+6);fclose(h);return r;}
static int cmp(const void*a,const void*b){uint32_t x=*(uint32_t*)a,y=*(uint32_t*)b;return x<y?-1:x>y;}
static double pct(uint32_t*a,long n,double p){if(!n)return -1;long k=(long)(p*(n-1));return a[k]/1000.0;}
int main(int argc,char**argv){ tprog=now(); signal(SIGPIPE,SIG_IGN); for(int i=1;i<argc;i++){char*a=argv[i];
#define V argv[++i]
  if(!strcmp(a,"--wire")){char*v=V;wire=!strcmp(v,"tg")?W_TG:!strcmp(v,"twilio")?W_TWILIO:W_BOTFW;} else if(!strcmp(a,"--port"))port=atoi(V); else if(!strcmp(a,"--api-port"))apiport=atoi(V); else if(!strcmp(a,"--conc"))conc=atoi(V); else if(!strcmp(a,"--conns"))conns=atoi(V); else if(!strcmp(a,"--seconds"))secs=atof(V); else if(!strcmp(a,"--warm"))warm=atof(V); else if(!strcmp(a,"--timeout"))tmo=atof(V); else if(!strcmp(a,"--convs"))convs=atol(V); else if(!strcmp(a,"--base"))base=atol(V); else if(!strcmp(a,"--path"))path=V; else if(!strcmp(a,"--api-delay"))api_delay=atoi(V); else if(!strcmp(a,"--crash"))crash=1; else if(!strcmp(a,"--twice"))twice=atoi(V); else if(!strcmp(a,"--noreply"))noreply=1; else if(!strcmp(a,"--quiet"))quiet=1; else if(!strcmp(a,"--anyreply"))anyreply=1; else if(!strcmp(a,"--label"))label=V; else if(!strcmp(a,"--pids")){char*t=strtok(V,",");while(t&&npids<32){pids[npids++]=atoi(t);t=strtok(0,",");}} else {fprintf(stderr,"bad arg %s\n",a);return 2;} }
  update_id=base; if(!conns)conns=conc<256?conc:256; sprintf(urlbuf,"http://127.0.0.1:%d%s",port,path); ep=epoll_create1(0); capl=8000000; la=malloc(capl*4);lr=malloc(capl*4); DQ=calloc(dqcap,sizeof(delayed)); S=calloc(conc,sizeof(slot_t)); fcap=conc*2+16; fifo=malloc(fcap*sizeof(int)); freec=malloc((conns+8)*sizeof(int)); for(int i=0;i<conc;i++)S[i].cn=-1;
  int lf=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0),one=1; setsockopt(lf,SOL_SOCKET,SO_REUSEADDR,&one,sizeof one); struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(apiport)}; inet_pton(AF_INET,"127.0.0.1",&a.sin_addr); if(bind(lf,(void*)&a,sizeof a)<0||listen(lf,4096)<0)die("api port"); int li=newconn(lf,2); epadd(li,EPOLLIN,EPOLL_CTL_ADD);
  if(convs==-1){ /* only serve the fake API */ tend=now()+secs; }
  else { for(int i=0;i<conns;i++){int c=newconn(-1,0); dialc(c);} for(int i=0;i<conc;i++) startconv(i); }
  tbeg=now(); if(convs>0)warm=0; tend0=tbeg+ (convs==-1?secs:120); double tscan=tbeg; double cpu0=0,cpu1=0; struct rusage ru0={0},ru1; struct epoll_event ev[512]; long c0=0; double twindow=0; int dropped=0;
  for(;;){ double t=now(); if(!measuring&&firstc&&t>=tbeg+warm&&!stopping){measuring=1;tmeas=t;for(int k=0;k<npids;k++)cpu0+=pcpu(pids[k]);getrusage(RUSAGE_SELF,&ru0);c0=convdone;}
    if(t>=tend0||(convs>0&&nuid>=convs&&({int act=0;for(int i=0;i<conc;i++)act|=S[i].uid!=0;!act;}))){ break; }
    int to=20; if(dqh<dqt){double d=(DQ[dqh%dqcap].due-t)*1000; to=d<0?0:d<20?(int)(d+0.5):20;}
    int n=epoll_wait(ep,ev,512,to); for(int k=0;k<n;k++){int i=ev[k].data.u32; if(C[i].fd<0)continue; if(C[i].kind==2){for(;;){int f=accept4(lf,0,0,SOCK_NONBLOCK);if(f<0)break;setsockopt(f,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);int c=newconn(f,1);epadd(c,EPOLLIN,EPOLL_CTL_ADD);}continue;}
      if(C[i].kind==0&&!C[i].connected){int er=0;socklen_t el=sizeof er;getsockopt(C[i].fd,SOL_SOCKET,SO_ERROR,&er,&el); if(er||(ev[k].events&EPOLLHUP)){connerr--;closec(i);connerr++;continue;} C[i].connected=1; if(!firstc){firstc=1;tbeg=now();tend0=tbeg+warm+secs;connerr=0;} epadd(i,EPOLLIN,EPOLL_CTL_MOD); freec[nfree++]=i; pump(); continue;}
      if(ev[k].events&EPOLLOUT){epadd(i,EPOLLIN,EPOLL_CTL_MOD);flushw(i);} if(C[i].fd>=0&&(ev[k].events&(EPOLLIN|EPOLLHUP|EPOLLERR)))onread(i); }
    t=now(); while(dqh<dqt&&DQ[dqh%dqcap].due<=t){delayed*d=&DQ[dqh++%dqcap]; if(C[d->c].fd>=0)put(d->c,d->buf,d->len); free(d->buf); reply(d->uid,d->tag);}
    for(int i=0;i<nG&&nfree>0;){ if(G[i].due>t){i++;continue;} int ci=freec[--nfree]; C[ci].slot=-1; put(ci,G[i].buf,G[i].len); free(G[i].buf); G[i]=G[--nG]; }
    if(t-tscan>0.02){tscan=t; if(convs!=-1)for(int i=0;i<nC;i++)if(C[i].kind==0&&C[i].fd<0&&t>C[i].due)dialc(i);
      for(int i=0;i<conc;i++){slot_t*s=&S[i]; if(!s->uid)continue; if(s->retry_at&&t>s->retry_at){sendmsg_(i,0);} if(s->t0&&t-s->t0>tmo){ if(s->acked&&!s->replied){lost++; if(!quiet&&lost<6)fprintf(stderr,"lost reply uid=%ld step=%d\n",s->uid,s->step); endconv(i);} else if(!s->acked&&s->replied&&!s->retry_at&&s->sent){} } } }
    pump(); }
  double tE=now(); twindow=tE-tmeas; for(int k=0;k<npids;k++)cpu1+=pcpu(pids[k]); getrusage(RUSAGE_SELF,&ru1); long rss=0; for(int k=0;k<npids;k++)rss+=prss(pids[k]); (void)dropped;
  double dc=(ru1.ru_utime.tv_sec-ru0.ru_utime.tv_sec)+(ru1.ru_stime.tv_sec-ru0.ru_stime.tv_sec)+1e-6*((ru1.ru_utime.tv_usec-ru0.ru_utime.tv_usec)+(ru1.ru_stime.tv_usec-ru0.ru_stime.tv_usec));
  qsort(la,na,4,cmp);qsort(lr,nr,4,cmp);
  printf("{\"label\":\"%s\",\"conc\":%d,\"conns\":%d,\"api_delay_ms\":%d,\"secs\":%.2f,\"msgs\":%ld,\"msg_s\":%.1f,\"convs\":%ld,\"ack_ms\":[%.2f,%.2f,%.2f],\"reply_ms\":[%.2f,%.2f,%.2f],\"lost\":%ld,\"dup\":%ld,\"wrong\":%ld,\"non2xx\":%ld,\"connerr\":%ld,\"resends\":%ld,\"doubled\":%ld,\"srv_cpu_us_per_msg\":%.1f,\"srv_cpu_pct\":%.0f,\"drv_cpu_pct\":%.0f,\"rss_mb\":%.1f,\"first_ack_s\":%.3f}\n",label,conc,conns,api_delay,twindow,done_msgs,done_msgs/twindow,convdone-c0,pct(la,na,.5),pct(la,na,.95),pct(la,na,.99),pct(lr,nr,.5),pct(lr,nr,.95),pct(lr,nr,.99),lost,dups,wrong,non2xx,connerr,resends,ghosts,done_msgs?(cpu1-cpu0)*1e6/done_msgs:0,(cpu1-cpu0)/twindow*100,dc/twindow*100,rss/1024.0,tfirst);
  return 0; }
