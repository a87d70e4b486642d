package io.meshd.nat.mapping;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads XML of a router, which may be anything: bounded, without document types, entities or anything external. */
final class XmlText {
    private static final int DEPTH_MAX = 32;
    private static final int EVENTS_MAX = 20_000;
    private static final int TEXT_CHARS_MAX = 512;

    private XmlText() {}

    /**
     * Tells of every element, at its end: its local name and the text directly in it, without blanks around it and cut
     * off where it is too long to mean anything.
     *
     * @return whether it was well-formed to the end; what was told before the fault counts for nothing
     */
    static boolean read(byte[] document, BiConsumer<String, String> element) {
        if (document.length > HttpCall.ANSWER_BYTES_MAX) {
            return false;
        }
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> new ByteArrayInputStream(new byte[0]));
        // Text, not bytes, and a reporter: else the JDK writes of broken UTF-8 to standard error.
        factory.setXMLReporter((message, type, related, location) -> {});
        String text = new String(document, StandardCharsets.UTF_8);
        try {
            return read(factory.createXMLStreamReader(new StringReader(text)), element);
        } catch (XMLStreamException | RuntimeException _) {
            // The reader throws unchecked exceptions too, on some malformed encodings.
            return false;
        }
    }

    private static boolean read(XMLStreamReader reader, BiConsumer<String, String> element) throws XMLStreamException {
        StringBuilder text = new StringBuilder();
        int depth = 0;
        for (int events = 0; reader.hasNext(); events++) {
            int event = reader.next();
            switch (event) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    text.setLength(0);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    int room = TEXT_CHARS_MAX - text.length();
                    text.append(reader.getTextCharacters(), reader.getTextStart(),
                            Math.min(room, reader.getTextLength()));
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    element.accept(reader.getLocalName(), text.toString().strip());
                    text.setLength(0);
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> {
                    return false;
                }
                default -> {
                    // Comments, blanks between elements.
                }
            }
            if (depth > DEPTH_MAX || events > EVENTS_MAX) {
                return false;
            }
        }
        return true;
    }
}
