using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roost.Cli.Control;

/// <summary>
/// A line between a command and the server that runs it, in JSON. One member is set.
/// <code>
///  command ── args ──►  server        the command line, without the program
///          ◄── out, err ──            what it prints
///          ◄── ask ──  answer ──►     a password
///          ◄── read ── content ──►    a file of the command's; failed instead of either
///          ◄── make ── ready ──►      a new file of the command's; failed instead
///          ◄── piece … whole ──       what is in it; abandon instead of whole when it came to nothing
///              ── ready ──►           it is there; failed instead
///          ◄── exit ──                its exit code, and the end
/// </code>
/// </summary>
internal sealed record ControlMessage
{
    public IReadOnlyList<string>? Args { get; init; }

    public string? Out { get; init; }

    public string? Err { get; init; }

    public string? Ask { get; init; }

    public string? Answer { get; init; }

    public string? Read { get; init; }

    public byte[]? Content { get; init; }

    public string? Failed { get; init; }

    /// <summary>The path of a file to make.</summary>
    public string? Make { get; init; }

    public bool? Ready { get; init; }

    public byte[]? Piece { get; init; }

    public bool? Whole { get; init; }

    public bool? Abandon { get; init; }

    public int? Exit { get; init; }

    /// <summary>With its line end.</summary>
    public byte[] ToLine() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(this, ControlJson.Default.ControlMessage), (byte)'\n'];

    /// <exception cref="IOException">It is no such line.</exception>
    public static ControlMessage Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.ControlMessage)
                ?? throw new IOException("The other process sent nothing that can be understood.");
        }
        catch (JsonException failure)
        {
            throw new IOException(
                "The other process sent what cannot be understood: is it another version of Roost?", failure);
        }
    }
}

[JsonSerializable(typeof(ControlMessage))]
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ControlJson : JsonSerializerContext;
