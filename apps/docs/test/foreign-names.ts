/** What the other lock managers have, by the page that explains it. Names as their headers and manuals give them. */

const linux = `
  lockspace mode lksb flags name namelen parent_lkid ast lockast astarg bast range xid timeout lkid
  LKF_NOQUEUE LKF_CANCEL LKF_CONVERT LKF_VALBLK LKF_QUECVT LKF_IVVALBLK LKF_CONVDEADLK LKF_PERSISTENT
  LKF_NODLCKWT LKF_NODLCKBLK LKF_EXPEDITE LKF_NOQUEUEBAST LKF_HEADQUE LKF_NOORDER LKF_ORPHAN LKF_ALTPR
  LKF_ALTCW LKF_FORCEUNLOCK LKF_TIMEOUT LKF_WAIT
  0 EAGAIN EDEADLK EDEADLOCK ETIMEDOUT DLM_ECANCEL DLM_EUNLOCK EINPROG ENOMEM EINVAL ENOENT EBUSY
  ENOTEMPTY ENOBUFS ENOTCONN ENOSYS EEXIST EPROTO EBADR EUNATCH EOPNOTSUPP EPERM E2BIG
  sb_status sb_lkid sb_flags sb_lvbptr DLM_SBF_DEMOTED DLM_SBF_VALNOTVALID DLM_SBF_ALTMODE
  dlm_new_lockspace cluster lvblen ops ops_arg ops_result DLM_LSFL_NODIR DLM_LSFL_TIMEWARN DLM_LSFL_FS
  DLM_LSFL_NEWEXCL DLM_LSFL_SOFTIRQ DLM_LSF_NOTIMERS recover_prep recover_slot recover_done slot our_slot
  generation dlm_release_lockspace force ra_start ra_end dlm_ls_purge nodeid pid
  dlm_query DLM_LOCK_THIS DLM_QUERY_QUEUE_WAIT DLM_QUERY_QUEUE_CONVERT DLM_QUERY_QUEUE_GRANT
  DLM_QUERY_QUEUE_GRANTED DLM_QUERY_QUEUE_ALL DLM_QUERY_LOCAL DLM_QUERY_LOCKS_HIGHER
  DLM_QUERY_LOCKS_LOWER DLM_QUERY_LOCKS_EQUAL DLM_QUERY_LOCKS_BLOCKING DLM_QUERY_LOCKS_NOTBLOCK
  DLM_QUERY_LOCKS_ALL DLM_QUERY_LOCKS_ORPHAN DLM_QUERY_GRMODE DLM_QUERY_RQMODE
  lki_lkid lki_mstlkid lki_parent lki_node lki_ownpid lki_state lki_grmode lki_rqmode lki_grrange
  lki_rqrange rsi_length rsi_grantcount rsi_convcount rsi_waitcount rsi_masternode rsi_name rsi_valblk
  gqi_resinfo gqi_lockinfo gqi_locksize gqi_lockcount
  dlm_lock dlm_ls_lock dlm_ls_lockx dlm_lock_wait dlm_ls_lock_wait dlm_unlock dlm_ls_unlock
  dlm_unlock_wait dlm_ls_unlock_wait lock_resource unlock_resource dlm_get_fd dlm_ls_get_fd dlm_dispatch
  dlm_pthread_init dlm_ls_pthread_init dlm_pthread_cleanup dlm_create_lockspace dlm_open_lockspace
  dlm_close_lockspace dlm_ls_deadlock_cancel dlm_ls_query dlm_query_wait dlm_ls_query_wait
  dlm_kernel_version dlm_library_version`

const dlmTool = `
  ls status dump dump_config set_config reload_config fence_ack log_plock plocks join leave joinleave
  lockdebug lockdump run run_start run_check run_cancel run_list`

const vms = `
  efn lkmode lksb flags resnam parid astadr astprm blkast acmode rsdm_id nullarg lkid valblk func
  domain_number access lkidadr itmlst iosb
  LCK$M_VALBLK LCK$M_CONVERT LCK$M_NOQUEUE LCK$M_SYNCSTS LCK$M_SYSTEM LCK$M_NOQUOTA LCK$M_CVTSYS
  LCK$M_RECOVER LCK$M_PROTECT LCK$M_NODLCKWT LCK$M_NODLCKBLK LCK$M_EXPEDITE LCK$M_QUECVT LCK$M_BYPASS
  LCK$M_NOIOLOCK8 LCK$M_NOFORK LCK$M_XVALBLK LCK$M_DEQALL LCK$M_CANCEL LCK$M_INVVALBLK
  RSDM$_JOIN_DOMAIN RSDM$_LEAVE
  SS$_NORMAL SS$_SYNCH SS$_ACCVIO SS$_BADPARAM SS$_CVTUNGRANT SS$_EXDEPTH SS$_EXENQLM SS$_INSFMEM
  SS$_IVBUFLEN SS$_IVLOCKID SS$_IVMODE SS$_NOLOCKID SS$_NOSYSLCK SS$_NOPRIV SS$_NOWORLD SS$_NOTQUEUED
  SS$_PARNOTGRANT SS$_ILLRSDM SS$_NODOMAIN SS$_CANCELGRANT SS$_SUBLOCKS SS$_NOMORELOCK SS$_VALNOTVALID
  SS$_XVALNOTVALID SS$_DEADLOCK SS$_ABORT SS$_CANCEL
  LKI$_PID LKI$_STATE LKI$_PARENT LKI$_LCKREFCNT LKI$_LOCKID LKI$_REMLKID LKI$_MSTLKID LKI$_LKID
  LKI$_CSID LKI$_BRL LKI$_RANGE LKI$_LASTLKB LKI$_NAMSPACE LKI$_RESNAM LKI$_RSBREFCNT LKI$_VALBLK
  LKI$_SYSTEM LKI$_LCKCOUNT LKI$_BLOCKEDBY LKI$_BLOCKING LKI$_LOCKS LKI$_CVTCOUNT LKI$_WAITCOUNT
  LKI$_GRANTCOUNT LKI$_MSTCSID LKI$_VALBLKST LKI$_BLOCKEDBY_BR LKI$_BLOCKING_BR LKI$_LOCKS_BR
  LKI$_BLOCKER_BR LKI$_LASTRSB
  LKI$C_GRANTED LKI$C_CONVERT LKI$C_WAITING LKI$C_RETRY LKI$C_SCSWAIT LKI$C_RSPNOTQED LKI$C_RSPQUEUED
  LKI$C_RSPGRANTD LKI$C_RSPDOLOCL LKI$C_RSPRESEND
  DEADLOCK_WAIT PPROP$C_DEADLOCK_WAIT PCB$L_DLCKPRI ENQLM LOCKIDTBL RESHASHTBL LOCKDIRWT LOCKRMWT PE1
  LCKMGR_MODE LCKMGR_CPUID VOTES EXPECTED_VOTES RECNXINTERVAL`

const o2dlm = `
  dlmlock dlm mode lksb flags name namelen ast data bast dlmunlock unlockast
  dlm_register_domain domain key fs_proto dlm_unregister_domain dlm_setup_eviction_cb
  dlm_register_eviction_cb dlm_unregister_eviction_cb dlm_print_one_lock
  LKM_ORPHAN LKM_PARENTABLE LKM_BLOCK LKM_LOCAL LKM_VALBLK LKM_NOQUEUE LKM_CONVERT LKM_NODLCKWT
  LKM_UNLOCK LKM_CANCEL LKM_DEQALL LKM_INVVALBLK LKM_SYNCSTS LKM_TIMEOUT LKM_SNGLDLCK LKM_FINDLOCAL
  LKM_PROC_OWNED LKM_XID LKM_XID_CONFLICT LKM_FORCE LKM_REVVALBLK LKM_MIGRATION LKM_PUT_LVB LKM_GET_LVB
  LKM_RECOVERY LKM_IVMODE LKM_NLMODE LKM_CRMODE LKM_CWMODE LKM_PRMODE LKM_PWMODE LKM_EXMODE
  DLM_NORMAL DLM_GRANTED DLM_DENIED DLM_DENIED_NOLOCKS DLM_WORKING DLM_BLOCKED DLM_BLOCKED_ORPHAN
  DLM_DENIED_GRACE_PERIOD DLM_SYSERR DLM_NOSUPPORT DLM_CANCELGRANT DLM_IVLOCKID DLM_SYNC DLM_BADTYPE
  DLM_BADRESOURCE DLM_MAXHANDLES DLM_NOCLINFO DLM_NOLOCKMGR DLM_NOPURGED DLM_BADARGS DLM_VOID
  DLM_NOTQUEUED DLM_IVBUFLEN DLM_CVTUNGRANT DLM_BADPARAM DLM_VALNOTVALID DLM_REJECTED DLM_ABORT
  DLM_CANCEL DLM_IVRESHANDLE DLM_DEADLOCK DLM_DENIED_NOASTS DLM_FORWARD DLM_TIMEOUT DLM_IVGROUPID
  DLM_VERS_CONFLICT DLM_BAD_DEVICE_PATH DLM_NO_DEVICE_PERMISSION DLM_NO_CONTROL_DEVICE DLM_RECOVERING
  DLM_MIGRATING DLM_MAXSTATS
  mkdir rmdir open O_RDONLY O_RDWR O_NONBLOCK ETXTBUSY close read write
  dlmlock_sync dlmlockx dlmlockx_sync clmlock clmlockx dlmunlock_sync clmunlock dlm_setnotify ASTpoll
  dlm_grp_create dlm_grp_attach dlm_grp_detach dlm_purge clmpurge dlm_scnop clm_scnop dlm_rd_attach
  dlm_rd_detach dlm_rd_collect dlm_rd_validate clm_setlogopts NO_DOMAIN DLM_NEED_MORE_RECOVERY
  DLM_DENIED_RD_FAULTS
  dlm_lock dlm_locktp dlm_quelock dlm_quelocktp dlm_cvt dlm_quecvt dlm_unlock dlm_cancel dlm_detach
  dlm_nsjoin dlm_nsleave dlm_get_lkinfo dlm_get_rsbinfo dlm_set_signal dlm_notify dlm_glc_create
  dlm_glc_attach dlm_glc_detach dlm_glc_destroy hint timeout DLM_SUCCVALNOTVALID DLM_SYNCVALNOTVALID
  DLM_MORE_TO_RECOVER DLM_IS_PR DLM_NOT_PR DLM_PR_RD_MISMATCH DLM_CANCELWAIT DLM_LKBUSY
  DEADLOCK PERSISTENT PROCESS_OWNED NO_XID GETVALUE PUTVALUE NOVALUE DUBVALUE NOQUEUE EXPRESS
  NODEADLOCKWAIT NODEADLOCKBLOCK TRANSACTION_ID GROUP_ID`

const namesIn = (text: string): readonly string[] => text.trim().split(/\s+/)

export const foreignNames: Readonly<Record<string, readonly string[]>> = {
  'from-dlm.md': [...namesIn(linux), ...namesIn(dlmTool).map((name) => `dlm_tool ${name}`)],
  'from-vms.md': namesIn(vms),
  'from-o2dlm.md': namesIn(o2dlm),
}

/** The statuses of o2dlm in the order of their numbers, from 0. */
export const numberedStatuses: readonly string[] = namesIn(o2dlm)
  .filter((name) => name.startsWith('DLM_'))
  .slice(0, 42)
