# Nearly all that the embedded builder does, in ways that docker before BuildKit knows as well.
ARG GLOBAL=global
ARG BASE=scratch
FROM $BASE
ARG GLOBAL
ARG V=1 W="two words"
ENV A=$V B="$W" C='$V' D=x\ y E="a\"b\\c\$d\e" F=${NOPE:-else} G=${V:+set}$NOPE \

    # indented, after a blank line
    H=http://x/#y
ENV A=2 I=$A J=$GLOBAL
ENV OLD old style  value
LABEL a=b "quoted key"="x  y" url="http://x/#fragment" \
# comment
      long="1 \
  2"
LABEL x=1\
é\
z one=$A
ADD bin/pause-amd64 /pause
COPY --chown=7:8 dir/a /owned/by
COPY dir /data/
COPY dir/a dir/sub/b /multi/
COPY ["dir/with space", "/with space/"]
COPY link /followed
WORKDIR /work
WORKDIR sub
COPY dir/a .
COPY dir/a renamed
WORKDIR /
COPY dir/sub/b multi
EXPOSE 80 53/udp
VOLUME /v $V
VOLUME ["/j","/k l"]
STOPSIGNAL SIGINT
USER 65535:65535
CMD echo $A "x"   \
   y
ENTRYPOINT ["/pause", "$A"]
