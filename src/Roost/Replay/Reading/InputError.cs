using Roost.Rpc;

namespace Roost.Replay.Reading;

/// <summary>What is wrong with an input file, always with the file's name and, where there is one, the line's
/// number.</summary>
internal static class InputError
{
    private const int ShownCharactersMax = 80;

    public static ServiceException AtLine(string path, long line, string expected, ReadOnlySpan<byte> got) =>
        new(ErrorCode.Invalid, $"{path}:{line}: expected {expected}, got {Show(got)}. Nothing was written; mend the "
            + $"line and run it again.");

    public static ServiceException InFile(string path, string what, Exception? inner = null) =>
        new(ErrorCode.Invalid, $"{path}: {what}", inner: inner);

    /// <summary>Quoted, cut to a length that a terminal shows, and without control characters, which could play
    /// tricks on it.</summary>
    private static string Show(ReadOnlySpan<byte> got)
    {
        var shown = got[..Math.Min(got.Length, ShownCharactersMax)];
        var text = new char[shown.Length];
        for (var i = 0; i < shown.Length; i++) text[i] = shown[i] is >= 0x20 and < 0x7F ? (char)shown[i] : '?';
        return $"\"{new string(text)}{(got.Length > ShownCharactersMax ? "…" : "")}\"";
    }
}
