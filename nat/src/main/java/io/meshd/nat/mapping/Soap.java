package io.meshd.nat.mapping;

import java.util.HashMap;
import java.util.Map;

/** Actions of a {@link IgdConnection} as text, and what their answers say. */
final class Soap {
    /** Named by their element's local name; an answer has one or two values. */
    private static final int VALUES_MAX = 32;
    private static final String CODE = "errorCode";
    private static final int CODE_DIGITS_MAX = 5;
    private static final int PORT_MAX = 65_535;

    private Soap() {}

    /** The value of the SOAPAction header. */
    static String action(IgdConnection service, String name) {
        return "\"" + service.type() + "#" + name + "\"";
    }

    /** The body for an action; arguments are name and value in turn, in the order of the service's definition. */
    static String body(IgdConnection service, String name, String... arguments) {
        StringBuilder body = new StringBuilder(512);
        body.append("<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"")
                .append(" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:").append(name)
                .append(" xmlns:u=\"").append(service.type()).append("\">");
        for (int i = 0; i < arguments.length; i += 2) {
            body.append('<').append(arguments[i]).append('>').append(arguments[i + 1]).append("</")
                    .append(arguments[i]).append('>');
        }
        return body.append("</u:").append(name).append("></s:Body></s:Envelope>\r\n").toString();
    }

    /** The elements of an answer by their names; none when it is no answer. */
    static Map<String, String> values(HttpAnswer answer) {
        Map<String, String> values = new HashMap<>();
        boolean wellFormed = XmlText.read(answer.body().toArray(), (name, text) -> {
            if (values.size() < VALUES_MAX) {
                values.putIfAbsent(name, text);
            }
        });
        return wellFormed ? Map.copyOf(values) : Map.of();
    }

    /** The UPnP error code of a fault; 0 when there is none. */
    static int errorCode(Map<String, String> values) {
        return number(values.getOrDefault(CODE, ""));
    }

    /** A port; 0 when it is none. */
    static int port(Map<String, String> values, String name) {
        int port = number(values.getOrDefault(name, ""));
        return port > PORT_MAX ? 0 : port;
    }

    private static int number(String text) {
        boolean isNumber = !text.isEmpty() && text.length() <= CODE_DIGITS_MAX
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? Integer.parseInt(text) : 0;
    }
}
