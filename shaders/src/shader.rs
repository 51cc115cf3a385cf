//! A shader with the size of its launch, and the words that all shaders begin with.

/// The largest number of workgroups along one axis that every WebGPU device takes.
const MOST_GROUPS: u32 = 65_535;

/// A WGSL program with one entry point, `main`, and its launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shader {
    /// The program. Its bindings are those of group 0, in the order that the shader's function names.
    pub text: String,
    /// Number of threads of a workgroup along each axis.
    pub workgroup: [u32; 3],
    /// Number of workgroups along each axis.
    pub groups: [u32; 3],
}

/// A buffer of a shader.
pub(crate) struct Binding {
    name: &'static str,
    /// The type of an element.
    element: &'static str,
    is_written: bool,
}

/// A buffer that is read.
pub(crate) fn read(name: &'static str, element: &'static str) -> Binding {
    Binding { name, element, is_written: false }
}

/// A buffer that is written.
pub(crate) fn written(name: &'static str, element: &'static str) -> Binding {
    Binding { name, element, is_written: true }
}

/// The type of an element of an array whose rows have `length` numbers: as wide as rows can be read in whole elements.
pub(crate) fn element_of(length: usize) -> &'static str {
    match width_of(length) {
        4 => "vec4f",
        2 => "vec2f",
        _ => "f32",
    }
}

/// The number of numbers of [`element_of`].
pub(crate) fn width_of(length: usize) -> usize {
    [4, 2].into_iter().find(|width| length.is_multiple_of(*width)).unwrap_or(1)
}

impl Shader {
    /// A shader of `threads` along each axis in workgroups of `workgroup`. `constants` are named numbers, `functions` stand before
    /// the entry point, whose `body` has the thread's place as `id`. Threads beyond `threads` return at once.
    pub(crate) fn new(
        bindings: &[Binding],
        constants: &[(&str, usize)],
        functions: &str,
        threads: [usize; 3],
        workgroup: [u32; 3],
        body: &str,
    ) -> Self {
        let mut text = String::new();
        for (place, Binding { name, element, is_written }) in bindings.iter().enumerate() {
            let access = if *is_written { "read_write" } else { "read" };
            text += &format!("@group(0) @binding({place}) var<storage, {access}> {name}: array<{element}>;\n");
        }
        for (name, value) in constants {
            text += &format!("const {name} = {value}u;\n");
        }
        text += functions;
        let groups: [u32; 3] = std::array::from_fn(|axis| threads[axis].div_ceil(workgroup[axis] as usize) as u32);
        // One axis may be longer than a launch can be: its threads then stand in rows along the second, which is free.
        let (groups, place) = if groups[0] > MOST_GROUPS {
            let rows = groups[0].div_ceil(MOST_GROUPS);
            let row = groups[0].div_ceil(rows);
            ([row, rows, groups[2]], format!("let id = vec3u(thread.x + thread.y * {}u, 0u, thread.z);", row * workgroup[0]))
        } else {
            (groups, "let id = thread;".to_owned())
        };
        let [x, y, z] = workgroup;
        text += &format!("@compute @workgroup_size({x}, {y}, {z})\nfn main(@builtin(global_invocation_id) thread: vec3u) {{\n{place}\n");
        let is_beyond = |axis: usize| (groups[axis] * workgroup[axis]) as usize > threads[axis];
        let beyond = (0..3).filter(|axis| is_beyond(*axis)).map(|axis| format!("id.{} >= {}u", ["x", "y", "z"][axis], threads[axis]));
        let beyond: Vec<String> = beyond.collect();
        if !beyond.is_empty() {
            text += &format!("if {} {{ return; }}\n", beyond.join(" || "));
        }
        text += &format!("{body}\n}}\n");
        Self { text, workgroup, groups }
    }
}
