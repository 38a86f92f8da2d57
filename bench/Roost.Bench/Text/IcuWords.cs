using System.Runtime.InteropServices;

namespace Roost.Bench.Text;

/// <summary>
/// Word boundaries as ICU's dictionaries see them, through its C interface (<c>ubrk.h</c>): the reference that texts
/// without spaces are measured by. Roost itself runs without ICU.
/// </summary>
internal sealed unsafe class IcuWords : IDisposable
{
    private const int WordBreaks = 1;
    private const int Done = -1;

    private readonly nint _breaker;
    private readonly delegate* unmanaged<nint, char*, int, int*, void> _setText;
    private readonly delegate* unmanaged<nint, int> _next;
    private readonly delegate* unmanaged<nint, void> _close;

    private IcuWords(nint library, int version, string locale)
    {
        _setText = (delegate* unmanaged<nint, char*, int, int*, void>)Function("ubrk_setText");
        _next = (delegate* unmanaged<nint, int>)Function("ubrk_next");
        _close = (delegate* unmanaged<nint, void>)Function("ubrk_close");
        var open = (delegate* unmanaged<int, byte*, char*, int, int*, nint>)Function("ubrk_open");
        var name = Marshal.StringToCoTaskMemUTF8(locale);
        var error = 0;
        _breaker = open(WordBreaks, (byte*)name, null, 0, &error);
        Marshal.FreeCoTaskMem(name);
        if (error > 0)
            throw new InvalidOperationException($"ICU cannot break words of '{locale}': error {error}.");

        nint Function(string function) => NativeLibrary.GetExport(library, $"{function}_{version}");
    }

    /// <summary>Null when no ICU from 60 to 90 is installed.</summary>
    public static IcuWords? TryOpen(string locale)
    {
        for (var version = 90; version >= 60; version--)
        {
            if (NativeLibrary.TryLoad($"libicuuc.so.{version}", out var library))
                return new IcuWords(library, version, locale);
        }
        return null;
    }

    public List<string> WordsOf(string text)
    {
        var words = new List<string>();
        fixed (char* characters = text)
        {
            var error = 0;
            _setText(_breaker, characters, text.Length, &error);
            var start = 0;
            for (var end = _next(_breaker); end != Done; end = _next(_breaker))
            {
                words.Add(text[start..end]);
                start = end;
            }
        }
        return words;
    }

    public void Dispose() => _close(_breaker);
}
