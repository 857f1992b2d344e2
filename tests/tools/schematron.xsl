<?xml version="1.0" encoding="UTF-8"?>
<!-- Compiles ISO Schematron (ISO/IEC 19757-3, the part the national rules use: patterns, abstract patterns, rules,
     let, assert, report, XPath 2) into an XSLT 2 stylesheet that writes one line for each rule a document breaks. -->
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:out="urn:r7e:xslt-out"
                xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:f="urn:r7e:functions" exclude-result-prefixes="#all">
  <xsl:namespace-alias stylesheet-prefix="out" result-prefix="xsl"/>
  <xsl:output indent="yes"/>

  <!-- Puts an abstract pattern's parameters into its text. -->
  <xsl:function name="f:fill" as="xs:string">
    <xsl:param name="text" as="xs:string"/>
    <xsl:param name="parameters" as="element(sch:param)*"/>
    <xsl:sequence select="if (empty($parameters)) then $text
                          else f:fill(replace($text, concat('\$', $parameters[1]/@name, '(\W|$)'),
                                      concat(replace($parameters[1]/@value, '([\\$])', '\\$1'), '$1')),
                                      subsequence($parameters, 2))"/>
  </xsl:function>

  <xsl:template match="/sch:schema">
    <out:stylesheet version="2.0">
      <xsl:for-each select="sch:ns">
        <xsl:namespace name="{@prefix}" select="string(@uri)"/>
      </xsl:for-each>
      <out:output method="text"/>
      <xsl:variable name="patterns" select="sch:pattern[not(@abstract = 'true')]"/>
      <out:template match="/">
        <xsl:for-each select="$patterns">
          <out:apply-templates select="/" mode="m{position()}"/>
        </xsl:for-each>
      </out:template>
      <xsl:for-each select="$patterns">
        <xsl:variable name="mode" select="concat('m', position())"/>
        <xsl:variable name="parameters" select="sch:param"/>
        <xsl:variable name="body" select="if (@is-a) then //sch:pattern[@id = current()/@is-a] else ."/>
        <out:template match="@* | node()" mode="{$mode}" priority="-2">
          <out:apply-templates select="@* | node()" mode="{$mode}"/>
        </out:template>
        <out:template match="text()" mode="{$mode}" priority="-1"/>
        <xsl:for-each select="$body/sch:rule">
          <!-- Of a pattern's rules the first that fits a node is the one that holds. -->
          <out:template match="{f:fill(@context, $parameters)}" mode="{$mode}" priority="{1000 - position()}">
            <xsl:apply-templates select="sch:let | sch:assert | sch:report">
              <xsl:with-param name="parameters" select="$parameters"/>
            </xsl:apply-templates>
            <out:apply-templates select="@* | node()" mode="{$mode}"/>
          </out:template>
        </xsl:for-each>
      </xsl:for-each>
    </out:stylesheet>
  </xsl:template>

  <xsl:template match="sch:let">
    <xsl:param name="parameters"/>
    <out:variable name="{@name}" select="{f:fill(@value, $parameters)}"/>
  </xsl:template>

  <xsl:template match="sch:assert | sch:report">
    <xsl:param name="parameters"/>
    <xsl:variable name="test" select="f:fill(@test, $parameters)"/>
    <out:if test="{if (self::sch:assert) then concat('not(', $test, ')') else $test}">
      <out:value-of select="string-join(ancestor-or-self::*/name(), '/')"/>
      <out:text>: <xsl:value-of select="normalize-space(f:fill(string(.), $parameters))"/><xsl:text>&#10;</xsl:text></out:text>
    </out:if>
  </xsl:template>
</xsl:stylesheet>
